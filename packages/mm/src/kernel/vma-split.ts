import { known } from "../events/direct.ts";
import {
  commitMerge,
  type MergeRange,
  type MergeRule,
  type Neighbours,
  vmaMergeNeighbours,
} from "../events/vma-merge-steps.ts";
import { anonVmaClone, unlinkAnonVmas } from "../events/anon-vma-steps.ts";
import { vmaIntervalTreeRemove } from "../events/i-mmap-steps.ts";
import { upWrite } from "../events/rwsem-steps.ts";
import { splitVma, type VmaArea, vmaArea, vmAreaFree } from "../events/vma-steps.ts";
import { vmaMarkDetached, vmaStartWrite } from "./vma-lock.ts";
import type { Steps } from "../events/step.ts";
import { anonVmaLock } from "../objects/anon-vma.ts";
import { ERRNO } from "../objects/errno.ts";
import { iMmapLock, vmaHolder } from "../objects/file.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { fails } from "./failure.ts";
import { fput } from "./file.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { downWrite } from "./rwsem-lock.ts";

/** vma_start_write, where the kernel has per-VMA locks. */
export function startWrite(k: Context, vma: VmaPtr): Steps<null> {
  return k.knobs.vmaLock === "none" ? known(null) : vmaStartWrite(k, vma);
}

/**
 * split_vma: the part from `address` on becomes a VMA of its own, which is opened. Returns it, or an errno: what the
 * driver says, -ENOMEM. mm/vma.c
 */
export const splitVmaAt: Procedure<Context, [VmaPtr, number], VmaPtr | number> = procedure(
  "split_vma",
  function* (k, vma: VmaPtr, address: number) {
    yield* startWrite(k, vma);
    const { ops, owner, rmap } = yield* vmaArea(vma);
    const maySplit = k.vmOps.get(ops)?.maySplit;
    const refused = maySplit === undefined ? 0 : yield* maySplit(k, vma, address, owner);
    if (refused !== 0) return refused;
    if (yield* fails(k, "vma")) return ERRNO.ENOMEM;
    if (rmap !== null) yield* vmaPrepare(k, rmap);
    const upper = yield* splitVma(vma, address);
    if (rmap !== null) yield* vmaComplete(k, rmap);
    yield* startWrite(k, upper);
    const open = k.vmOps.get(ops)?.open;
    if (open !== undefined) yield* open(k, upper, owner);
    return upper;
  },
);

/** Where rmap finds a VMA. */
export type Rmap = NonNullable<VmaArea["rmap"]>;

/** vma_prepare: rmap must not look at the VMA while its range changes. mm/vma.c */
export const vmaPrepare: Procedure<Context, [Rmap], null> = procedure("vma_prepare", function* (k, rmap: Rmap) {
  if (rmap.inode !== null) yield* downWrite(k, iMmapLock(rmap.inode));
  if (rmap.root !== null) yield* downWrite(k, anonVmaLock(rmap.root));
  return null;
});

/** vma_complete: rmap may look again. mm/vma.c */
export const vmaComplete: Procedure<Context, [Rmap], null> = procedure("vma_complete", function* (_k, rmap: Rmap) {
  if (rmap.root !== null) yield* upWrite(anonVmaLock(rmap.root));
  if (rmap.inode !== null) yield* upWrite(iMmapLock(rmap.inode));
  return null;
});

/** How this kernel merges. `region`: as mmap(2) merges what it maps, which is another function in older ones. */
export function mergeRule(k: Context, region: boolean): MergeRule {
  return { anon: k.knobs.mergeAnonVma, first: region ? k.knobs.mmapMergeFirst : "prev" };
}

/**
 * vma_merge_new_range: a range that no VMA covers becomes part of its neighbours, where they are like it. The VMA it is
 * part of then, or null. mm/vma.c
 */
export const vmaMergeNewRange: Procedure<Context, [MergeRange], VmaPtr | null> = procedure(
  "vma_merge_new_range",
  function* (k, range: MergeRange) {
    const found = yield* vmaMergeNeighbours(range);
    return yield* joinNeighbours(k, range, found);
  },
);

/** Grows prev over the range, and over next, which goes; or next alone, downwards. */
const joinNeighbours: Procedure<Context, [MergeRange, Neighbours], VmaPtr | null> = procedure(
  "vma_expand",
  function* (k, range: MergeRange, { prev, next, both }: Neighbours) {
    const kept = prev ?? next;
    if (kept === null) return null;
    const removable = k.vmOps.get(range.ops)?.close === undefined;
    const removed = both && removable ? next : null;
    return yield* vmaResize(k, kept, range.start, range.end, { removed, adjusted: null, source: range.copied ?? null });
  },
);

/** What becomes of others when a VMA grows. */
export type Resize = {
  /** It goes. */
  readonly removed: VmaPtr | null;
  /** It gives a part away. */
  readonly adjusted: VmaPtr | null;
  /** Its pages come to lie in the VMA, which rmap has to find through its anon_vma from then on (dup_anon_vma). */
  readonly source: VmaPtr | null;
};

/**
 * The VMA spans at least [start, end) from now on, and all of `removed`, which goes: under the VMA locks of both, hidden
 * from rmap meanwhile. mm/vma.c, vma_prepare(), commit_merge(), vma_complete()
 */
export const vmaResize: Procedure<Context, [VmaPtr, number, number, Resize], VmaPtr> = procedure(
  "commit_merge",
  function* (k, kept: VmaPtr, start: number, end: number, { removed, adjusted, source }: Resize) {
    yield* startWrite(k, kept);
    if (adjusted !== null) yield* startWrite(k, adjusted);
    if (removed !== null) yield* startWrite(k, removed);
    const area = yield* vmaArea(kept);
    const gone = removed === null ? null : yield* vmaArea(removed);
    const from = source === null ? null : yield* vmaArea(source);
    const inode = area.rmap?.inode ?? gone?.rmap?.inode ?? null;
    const root = area.rmap?.root ?? gone?.rmap?.root ?? from?.rmap?.root ?? null;
    const rmap = inode === null && root === null ? null : { inode, root };
    if (rmap !== null) yield* vmaPrepare(k, rmap);
    if (area.anonVma === null) {
      const donor = gone?.anonVma != null ? removed : from?.anonVma != null ? source : null;
      if (donor !== null) yield* anonVmaClone(kept, donor);
    }
    const [first, last] = [Math.min(area.start, start), Math.max(area.end, end, gone?.end ?? end)];
    if (removed !== null) yield* vmaMarkDetached(k, removed);
    const copied =
      source === null || [removed, adjusted].some((one) => one?.vma === source.vma) ? [] : ([source] as const);
    yield* commitMerge(kept, first, last, removed, adjusted, ...copied);
    if (removed !== null && gone?.anonVma != null) yield* unlinkAnonVmas(removed);
    if (removed !== null && gone?.rmap?.inode != null) yield* vmaIntervalTreeRemove(removed);
    if (rmap !== null) yield* vmaComplete(k, rmap);
    if (removed === null) return kept;
    if (gone?.file != null) yield* fput(k, gone.file, vmaHolder(removed.vma));
    yield* vmAreaFree(removed);
    return kept;
  },
);

/**
 * vma_merge_existing_range: a part of a VMA that is about to become like its neighbours goes to them: all of the VMA, or
 * what of it lies at one of its ends, whose boundary then only shifts. The VMA that covers the range afterwards, or null
 * where nothing merges. `area` is the VMA's range before. mm/vma.c
 */
export const vmaMergeExisting: Procedure<Context, [VmaPtr, { start: number; end: number }, MergeRange], VmaPtr | null> =
  procedure(
    "vma_merge_existing_range",
    function* (k, vma: VmaPtr, area: { start: number; end: number }, range: MergeRange) {
      const [left, right] = [area.start === range.start, area.end === range.end];
      if (!left && !right) return null;
      const found = yield* vmaMergeNeighbours(range);
      const whole = left && right;
      if (whole && k.vmOps.get(range.ops)?.close !== undefined) return null;
      const [prev, next] = [left ? found.prev : null, right ? found.next : null];
      const kept = prev ?? next;
      if (kept === null) return null;
      const part: Resize = { removed: whole ? vma : null, adjusted: whole ? null : vma, source: vma };
      yield* vmaResize(k, kept, range.start, range.end, part);
      if (prev !== null && next !== null && found.both) {
        yield* vmaResize(k, prev, range.start, range.end, { removed: next, adjusted: null, source: null });
      }
      return kept;
    },
  );

import { vmaGetFile } from "../events/file-steps.ts";
import { type VmaView, vmaView } from "../events/mprotect-steps.ts";
import { copyVma } from "../events/mremap-steps.ts";
import { readAnonVma } from "../events/anon-vma-steps.ts";
import type { Steps } from "../events/step.ts";
import { isAnonymous } from "../events/mprotect-steps.ts";
import { vmaArea, vmaIterStore } from "../events/vma-steps.ts";
import { PAGE_SIZE, pagesFrom } from "../objects/address.ts";
import { VM } from "../objects/vm-flags.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { cloneAnonVma } from "./anon-vma.ts";
import type { Context } from "./context.ts";
import { vmaLinkFile } from "./free-pgtables.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { keepContext } from "./userfaultfd-events.ts";
import { mergeRule, startWrite, vmaMergeNewRange } from "./vma-split.ts";

/** Where a VMA has been copied to. */
export type Copied = {
  /** The copy, or the VMA that the new range has become part of. */
  readonly vma: VmaPtr;
  /** The original; the VMA that has swallowed it, where the copy merged with it. */
  readonly source: VmaPtr;
  /** Walks by rmap may meet the new place before the old one. */
  readonly needRmapLocks: boolean;
};

/**
 * copy_vma: [to, to + length) maps what `vma` maps from `start` on: as part of a neighbour that is like it, else as a VMA
 * of its own. What was never faulted in is as if it had been mapped there. mm/vma.c
 */
export const copyOrMerge: Procedure<Context, [number, VmaPtr, number, number, number, boolean], Copied> = procedure(
  "copy_vma",
  function* (k, mm: number, vma: VmaPtr, start: number, to: number, length: number, dontUnmap: boolean) {
    const view = yield* vmaView(vma);
    const merged = yield* mergeCopy(k, mm, vma, view, start, to, length, dontUnmap);
    if (merged === null) return { vma: yield* newCopy(k, vma, start, to, length), source: vma, needRmapLocks: false };
    const now = yield* vmaView(merged);
    const swallowed = now.start <= view.start && view.start < now.end;
    return { vma: merged, source: swallowed ? merged : vma, needRmapLocks: now.pgoff <= view.pgoff };
  },
);

function* mergeCopy(
  k: Context,
  mm: number,
  vma: VmaPtr,
  view: VmaView,
  start: number,
  to: number,
  length: number,
  dontUnmap: boolean,
): Steps<VmaPtr | null> {
  const { flags, ops, owner, file } = view;
  // What a driver maps with no file that the model knows is like nothing else.
  if (ops !== "" && file === null) return null;
  const fresh = isAnonymous(view) && (flags & VM.SHARED) === 0 && (yield* readAnonVma(vma)) === null;
  const pgoff = fresh ? to / PAGE_SIZE : view.pgoff + pagesFrom(view.start, start);
  const rule = mergeRule(k, false);
  const range = { mm, start: to, end: to + length, flags, pgoff, ops, owner, file, self: null, copied: vma, rule };
  return yield* vmaMergeNewRange(k, !dontUnmap || k.knobs.dontunmapMergesSource ? range : { ...range, apart: vma });
}

/** vm_area_dup and what belongs to a VMA of its own. */
const newCopy: Procedure<Context, [VmaPtr, number, number, number], VmaPtr> = procedure(
  "copy_vma_new",
  function* (k, vma: VmaPtr, start: number, to: number, length: number) {
    const copy = yield* copyVma(vma, start, to, length);
    const { ops, owner, file, anonVma } = yield* vmaArea(copy);
    if (anonVma !== null) yield* cloneAnonVma(k, copy, vma, anonVma);
    if (k.knobs.uffdEvents) yield* keepContext(vma, copy, "remap", null);
    const inode = file === null ? null : yield* vmaGetFile(copy, file);
    const open = k.vmOps.get(ops)?.open;
    if (open !== undefined) yield* open(k, copy, owner);
    yield* startWrite(k, copy);
    yield* vmaIterStore(copy);
    // Behind the old one: a walk meets a page that moves in one place at least.
    if (inode !== null) yield* vmaLinkFile(k, copy, inode, vma);
    return copy;
  },
);

import { pagesFrom } from "../objects/address.ts";
import { anonVmaChain, vmaAnonVma } from "../objects/anon-vma.ts";
import { type TreeEntry, vmaTree } from "../objects/mm.ts";
import { VM } from "../objects/vm-flags.ts";
import { vmaFlags, type VmaPtr, vmaSlot, withoutProt, withRange, withState } from "../objects/vma.ts";
import { checkFieldWrite } from "./field-locks.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { uffdOf } from "./uffd-rules.ts";
import { accessMm, accessVma } from "./vma-access.ts";
import { replaced } from "./vma-steps.ts";

/** VM_SPECIAL: what such a VMA maps is the driver's business; it neither merges nor grows of itself. */
export const VM_SPECIAL: number = VM.IO | VM.DONTEXPAND | VM.PFNMAP | VM.MIXEDMAP;

/** What a range would be as part of a VMA: its neighbours merge with it when they are alike. */
export type MergeRange = {
  readonly mm: number;
  readonly start: number;
  readonly end: number;
  readonly flags: number;
  readonly pgoff: number;
  readonly ops: string;
  readonly owner: string;
  readonly file: number | null;
  /** The VMA that has this range now; null for a range that nobody has mapped yet. */
  readonly self: VmaPtr | null;
  /** The VMA whose copy is to be mapped there by mremap; absent where none is. */
  readonly copied?: VmaPtr;
  /** The VMA that grows over the range. */
  readonly extended?: VmaPtr;
  /** The source of the copy, where the kernel keeps them apart (knob dontunmapMergesSource). */
  readonly apart?: VmaPtr;
  readonly rule: MergeRule;
};
/** How two anon_vmas decide (knob mergeAnonVma), and which neighbour is asked first (knob mergeFirst). */
export type MergeRule = { readonly anon: "target-single" | "any-single"; readonly first: "prev" | "next" };
/** `both`: prev and next may become one across the range. */
export type Neighbours = { readonly prev: VmaPtr | null; readonly next: VmaPtr | null; readonly both: boolean };

const NONE: Neighbours = { prev: null, next: null, both: false };

/**
 * can_vma_merge_left, can_vma_merge_right: the VMAs that end and begin at the range's edges and are like it: same flags,
 * same driver, same file at the right offset, same userfaultfd context, anon_vmas that go together. mm/vma.c
 */
export const vmaMergeNeighbours: Step<[MergeRange], Neighbours> = step("can_vma_merge", (tx, range) => {
  accessMm(tx, range.mm);
  const { self } = range;
  if ((range.flags & VM_SPECIAL) !== 0) return NONE;
  // Sealed memory is left as it is.
  if (self !== null && tx.read(vmaSlot.of(self.vma)).sealed === true) return NONE;
  const source = self ?? range.copied ?? range.extended ?? null;
  const anon = source === null ? null : tx.read(vmaAnonVma.of(source.vma));
  const tree = tx.read(vmaTree.of(range.mm));
  const before = tree.find(({ end }) => end === range.start);
  const after = tree.find(({ start }) => start === range.end);
  if (range.rule.first === "next") return nextFirst(tx, range, before, after, anon);
  const prev = neighbour(tx, before, range, anon);
  const next = neighbour(tx, after, range, anon);
  return { prev, next, both: prev !== null && next !== null && joinable(tx, prev, next) };
});

/** mmap_region before 6.12: what goes with next decides whether prev goes with both. mm/mmap.c */
function nextFirst(
  tx: StepContext,
  range: MergeRange,
  before: TreeEntry | undefined,
  after: TreeEntry | undefined,
  anon: number | null,
): Neighbours {
  const next = neighbour(tx, after, range, anon);
  const prev = neighbour(tx, before, range, next === null ? anon : tx.read(vmaAnonVma.of(next.vma)));
  return { prev, next, both: prev !== null && next !== null };
}

/** Whether prev and next, each of which goes with the range, go with each other: the same anon_vma, or one has none. */
function joinable(tx: StepContext, prev: VmaPtr, next: VmaPtr): boolean {
  const [left, right] = [tx.read(vmaAnonVma.of(prev.vma)), tx.read(vmaAnonVma.of(next.vma))];
  return left === null || right === null || left === right;
}

function neighbour(
  tx: StepContext,
  entry: TreeEntry | undefined,
  range: MergeRange,
  anon: number | null,
): VmaPtr | null {
  if (entry === undefined) return null;
  const ptr = { vma: entry.vma, gen: entry.gen };
  if (range.apart?.vma === ptr.vma) return null;
  const vma = tx.read(vmaSlot.of(ptr.vma));
  if (vma.sealed === true) return null;
  const same = vma.ops === range.ops && vma.owner === range.owner && vma.file === range.file;
  if (!same || tx.read(vmaFlags.of(ptr.vma)) !== range.flags) return null;
  if (ctxOf(tx, ptr) !== (range.self === null ? null : ctxOf(tx, range.self))) return null;
  if (!isMergeableAnonVma(tx, range, ptr, anon)) return null;
  // Shared anonymous memory is shmem's, each mapping a file of its own, of which the model knows nothing.
  const shmem = vma.file === null && vma.ops === "" && (range.flags & VM.SHARED) !== 0;
  return shmem || vma.pgoff + pagesFrom(vma.start, range.start) === range.pgoff ? ptr : null;
}

/**
 * is_mergeable_anon_vma: two that are equal; or one that is none, unless the other has come through a fork, whose pages
 * an ancestor's anon_vma finds. `target-single`: only the neighbour may have one then (before 879bca0a2c4f). mm/vma.c
 */
function isMergeableAnonVma(tx: StepContext, range: MergeRange, target: VmaPtr, anon: number | null): boolean {
  const own = tx.read(vmaAnonVma.of(target.vma));
  if (own === anon) return true;
  if (own !== null && anon !== null) return false;
  if (own !== null) return tx.read(anonVmaChain.of(target.vma)).length === 1;
  if (range.rule.anon === "target-single") return false;
  const source = range.self ?? range.copied;
  return source === undefined || tx.read(anonVmaChain.of(source.vma)).length === 1;
}

function ctxOf(tx: StepContext, ptr: VmaPtr): number | null {
  return uffdOf(tx, ptr)?.ctx ?? null;
}

/**
 * vma_expand, vma_shrink, commit_merge: the VMA now spans [start, end), in its fields and in the tree. `removed`, which
 * the range swallows, leaves the tree and belongs to this task until it is freed; `adjusted`, of which the range takes
 * a part, keeps the rest. Guards of either, and of the VMA whose copy is mapped there (`copied`), are known of the VMA now
 * (VM_STICKY). mm/vma.c
 */
export const commitMerge: Step<[VmaPtr, number, number, VmaPtr | null, VmaPtr | null, ...VmaPtr[]], null> = step(
  "commit_merge",
  (tx, ptr, start, end, removed, adjusted, ...copied) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return;
    if (start !== vma.start) checkFieldWrite(tx, vma, ptr, "vm_start");
    if (end !== vma.end) checkFieldWrite(tx, vma, ptr, "vm_end");
    if (removed !== null) detachRemoved(tx, removed);
    const pgoff = vma.pgoff + pagesFrom(vma.start, start);
    const guarded = [removed, adjusted, ...copied].some(
      (other) => other !== null && tx.read(vmaSlot.of(other.vma)).guard === true,
    );
    const grown = withRange(vma, start, end, Math.max(pgoff, 0));
    tx.write(vmaSlot.of(ptr.vma), guarded ? { ...grown, guard: true } : grown);
    const rest = adjusted === null ? null : adjust(tx, adjusted, start, end);
    const tree = tx.read(vmaTree.of(vma.mm)).filter((entry) => entry.vma !== removed?.vma);
    // What munmap has gathered and the range covers now: its unmapper goes on with it.
    const old = tree.filter((entry) => {
      const other = entry.vma !== ptr.vma && entry.vma !== adjusted?.vma;
      return other && entry.start < end && start < entry.end;
    });
    replaced(tx, old);
    tx.write(
      vmaTree.of(vma.mm),
      tree
        .filter((entry) => !old.includes(entry))
        .map((entry) => {
          if (entry.vma === ptr.vma) return { ...entry, start, end };
          return entry.vma === adjusted?.vma && rest !== null ? { ...entry, ...rest } : entry;
        }),
    );
  },
);

/** The part of the VMA that [start, end) leaves to it. */
function adjust(tx: StepContext, ptr: VmaPtr, start: number, end: number): { start: number; end: number } | null {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return null;
  const rest = vma.start < start ? { start: vma.start, end: start } : { start: end, end: vma.end };
  if (rest.start !== vma.start) checkFieldWrite(tx, vma, ptr, "vm_start");
  if (rest.end !== vma.end) checkFieldWrite(tx, vma, ptr, "vm_end");
  const pgoff = vma.pgoff + pagesFrom(vma.start, rest.start);
  tx.write(vmaSlot.of(ptr.vma), withRange(vma, rest.start, rest.end, pgoff));
  return rest;
}

function detachRemoved(tx: StepContext, ptr: VmaPtr): void {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  checkFieldWrite(tx, vma, ptr, "vm_end");
  tx.write(vmaSlot.of(ptr.vma), withState(vma, "detached", tx.task));
}

/** vma_set_page_prot: vm_page_prot follows vm_flags, in one word (WRITE_ONCE). mm/mmap.c */
export const vmaSetPageProt: Step<[VmaPtr], null> = step("vma_set_page_prot", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  checkFieldWrite(tx, vma, ptr, "vm_page_prot");
  if (vma.prot === undefined) return;
  tx.write(vmaSlot.of(ptr.vma), withoutProt(vma));
});

export const vmaMergeSteps: readonly AnyStep[] = [vmaMergeNeighbours, commitMerge, vmaSetPageProt];

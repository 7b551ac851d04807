import { pagesFrom } from "../objects/address.ts";
import { vmaAnonVma } from "../objects/anon-vma.ts";
import { type TreeEntry, vmaTree } from "../objects/mm.ts";
import { VM } from "../objects/vm-flags.ts";
import { type Vma, vmaFlags, type VmaPtr, vmaSlot } from "../objects/vma.ts";
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
};
export type Neighbours = { readonly prev: VmaPtr | null; readonly next: VmaPtr | null };

/**
 * can_vma_merge_left, can_vma_merge_right: the VMAs that end and begin at the range's edges and are like it: same flags,
 * same driver, same file at the right offset, same userfaultfd context, no two anon_vmas. mm/vma.c
 */
export const vmaMergeNeighbours: Step<[MergeRange], Neighbours> = step("can_vma_merge", (tx, range) => {
  accessMm(tx, range.mm);
  const { self } = range;
  if ((range.flags & VM_SPECIAL) !== 0) return { prev: null, next: null };
  // Sealed memory is left as it is.
  if (self !== null && tx.read(vmaSlot.of(self.vma)).sealed === true) return { prev: null, next: null };
  const ctx = self === null ? null : ctxOf(tx, self);
  const anon = self === null ? null : tx.read(vmaAnonVma.of(self.vma));
  const tree = tx.read(vmaTree.of(range.mm));
  const prev = neighbour(
    tx,
    tree.find(({ end }) => end === range.start),
    range,
    anon,
    ctx,
  );
  const shared = anon ?? (prev === null ? null : tx.read(vmaAnonVma.of(prev.vma)));
  return {
    prev,
    next: neighbour(
      tx,
      tree.find(({ start }) => start === range.end),
      range,
      shared,
      ctx,
    ),
  };
});

function neighbour(
  tx: StepContext,
  entry: TreeEntry | undefined,
  range: MergeRange,
  anon: number | null,
  ctx: number | null,
): VmaPtr | null {
  if (entry === undefined) return null;
  const ptr = { vma: entry.vma, gen: entry.gen };
  const vma = tx.read(vmaSlot.of(ptr.vma));
  if (vma.sealed === true) return null;
  const same = vma.ops === range.ops && vma.owner === range.owner && vma.file === range.file;
  if (!same || tx.read(vmaFlags.of(ptr.vma)) !== range.flags || ctxOf(tx, ptr) !== ctx) return null;
  const own = tx.read(vmaAnonVma.of(ptr.vma));
  if (own !== null && anon !== null && own !== anon) return null;
  // Shared anonymous memory is shmem's, each mapping a file of its own, of which the model knows nothing.
  const shmem = vma.file === null && vma.ops === "" && (range.flags & VM.SHARED) !== 0;
  return shmem || vma.pgoff + pagesFrom(vma.start, range.start) === range.pgoff ? ptr : null;
}

function ctxOf(tx: StepContext, ptr: VmaPtr): number | null {
  return uffdOf(tx, ptr)?.ctx ?? null;
}

/**
 * vma_expand, vma_shrink, commit_merge: the VMA now spans [start, end), in its fields and in the tree; `removed`, which
 * the range swallows, leaves the tree and belongs to this task until it is freed. mm/vma.c
 */
export const commitMerge: Step<[VmaPtr, number, number, VmaPtr | null], null> = step(
  "commit_merge",
  (tx, ptr, start, end, removed) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return;
    if (start !== vma.start) checkFieldWrite(tx, vma, ptr, "vm_start");
    if (end !== vma.end) checkFieldWrite(tx, vma, ptr, "vm_end");
    if (removed !== null) detachRemoved(tx, removed);
    const pgoff = vma.pgoff + pagesFrom(vma.start, start);
    tx.write(vmaSlot.of(ptr.vma), { ...vma, start, end, pgoff: Math.max(pgoff, 0) } satisfies Vma);
    const tree = tx.read(vmaTree.of(vma.mm)).filter((entry) => entry.vma !== removed?.vma);
    // What munmap has gathered and the range covers now: its unmapper goes on with it.
    const old = tree.filter((entry) => entry.vma !== ptr.vma && entry.start < end && start < entry.end);
    replaced(tx, old);
    tx.write(
      vmaTree.of(vma.mm),
      tree
        .filter((entry) => !old.includes(entry))
        .map((entry) => (entry.vma === ptr.vma ? { ...entry, start, end } : entry)),
    );
  },
);

function detachRemoved(tx: StepContext, ptr: VmaPtr): void {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  checkFieldWrite(tx, vma, ptr, "vm_end");
  tx.write(vmaSlot.of(ptr.vma), { ...vma, state: "detached", by: tx.task });
}

/** vma_set_page_prot: vm_page_prot follows vm_flags, in one word (WRITE_ONCE). mm/mmap.c */
export const vmaSetPageProt: Step<[VmaPtr], null> = step("vma_set_page_prot", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  checkFieldWrite(tx, vma, ptr, "vm_page_prot");
  if (vma.prot === undefined) return;
  const { prot: _old, ...rest } = vma;
  tx.write(vmaSlot.of(ptr.vma), rest);
});

export const vmaMergeSteps: readonly AnyStep[] = [vmaMergeNeighbours, commitMerge, vmaSetPageProt];

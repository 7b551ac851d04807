import { PAGE_SIZE } from "../objects/address.ts";
import { file, iMmap, iMmapLock } from "../objects/file.ts";
import { holds } from "../objects/task.ts";
import { type Vma, vmaName, type VmaPtr } from "../objects/vma.ts";
import { FIELD_READ, FIELD_WRITE } from "../rules/vma-fields.ts";
import { holdsRwsem, sameVma } from "./rmap.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { accessVma } from "./vma-access.ts";

/** A VMA that a walk found, and the part of it that the walk is about. */
export type Found = {
  readonly vma: number;
  readonly gen: number;
  readonly mm: number;
  readonly start: number;
  readonly end: number;
};

/** vma_interval_tree_insert, behind `after` where it matters (fork), under i_mmap for writing. mm/interval_tree.c */
export const vmaIntervalTreeInsert: Step<[VmaPtr, VmaPtr | null], null> = step(
  "vma_interval_tree_insert",
  (tx, ptr, after) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined || vma.file === null) return;
    const { inode } = tx.read(file.of(vma.file));
    needsWrite(tx, inode, ptr);
    tx.update(iMmap.of(inode), (list) => {
      const place = after === null ? -1 : list.findIndex((one) => sameVma(one, after));
      return list.toSpliced(place < 0 ? list.length : place + 1, 0, { vma: ptr.vma, gen: ptr.gen });
    });
  },
);

/** vma_interval_tree_remove, under i_mmap for writing: rmap no longer finds the VMA. mm/vma.c, unlink_file_vma() */
export const vmaIntervalTreeRemove: Step<[VmaPtr], null> = step("vma_interval_tree_remove", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined || vma.file === null) return;
  const { inode } = tx.read(file.of(vma.file));
  needsWrite(tx, inode, ptr);
  tx.write(
    iMmap.of(inode),
    tx.read(iMmap.of(inode)).filter((one) => !sameVma(one, ptr)),
  );
});

/**
 * vma_interval_tree_foreach: the VMAs that map some of the pages [first, first + count) of the inode, each with the
 * addresses of those, under i_mmap. Ten pages from index 2 is (2, 10).
 */
export const vmaIntervalTreeForeach: Step<[number, number, number], readonly Found[]> = step(
  "vma_interval_tree_foreach",
  (tx, inode, first, count) => {
    if (!holdsRwsem(tx, tx.task, iMmapLock(inode))) {
      tx.violate(FIELD_READ, `inode:${inode}/i_mmap`, `walks the i_mmap of inode:${inode} without its lock`);
    }
    const found: Found[] = [];
    for (const ptr of tx.read(iMmap.of(inode))) {
      const vma = accessVma(tx, ptr);
      const part = vma === undefined ? null : partOf(vma, first, count);
      if (vma !== undefined && part !== null) found.push({ vma: ptr.vma, gen: ptr.gen, mm: vma.mm, ...part });
    }
    return found;
  },
);

/** The addresses at which a VMA maps the pages [first, first + count) of its object, or null. */
export function partOf(vma: Vma, first: number, count: number): { start: number; end: number } | null {
  const at = vma.start + (first - vma.pgoff) * PAGE_SIZE;
  const start = Math.max(vma.start, at);
  const end = Math.min(vma.end, at + count * PAGE_SIZE);
  return start < end ? { start, end } : null;
}

function needsWrite(tx: StepContext, inode: number, ptr: VmaPtr): void {
  if (holds(tx, tx.task, `rwsem:${iMmapLock(inode)}`)?.mode === "write") return;
  tx.violate(FIELD_WRITE, vmaName(ptr), `${tx.op} of ${vmaName(ptr)} without i_mmap for writing`);
}

export const iMmapSteps: readonly AnyStep[] = [vmaIntervalTreeInsert, vmaIntervalTreeRemove, vmaIntervalTreeForeach];

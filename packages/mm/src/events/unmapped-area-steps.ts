import { PAGE_SIZE, pageStart, TASK_SIZE } from "../objects/address.ts";
import { mmapMinAddr } from "../objects/config.ts";
import { ERRNO } from "../objects/errno.ts";
import { type TreeEntry, vmaTree } from "../objects/mm.ts";
import { VM } from "../objects/vm-flags.ts";
import { vmaFlags } from "../objects/vma.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { accessMm } from "./vma-access.ts";

/** Pages below a stack that nothing may be mapped in where the kernel has the choice. mm/mmap.c, stack_guard_gap */
export const STACK_GUARD_GAP: number = 256 * PAGE_SIZE;

/** Where a search from the top begins: 1 TiB below the end, a stand-in for mmap_base(), which is random. */
const MMAP_BASE = TASK_SIZE - 0x100_0000_0000;

/** find_vma_intersection: whether anything is mapped in [start, end). include/linux/mm.h */
export const vmaIntersects: Step<[number, number, number], boolean> = step(
  "find_vma_intersection",
  (tx, mm, start, end) => {
    accessMm(tx, mm);
    return tx.read(vmaTree.of(mm)).some((area) => area.start < end && start < area.end);
  },
);

/**
 * get_unmapped_area: a place for `length` bytes: the hint, in bytes, where it is free and not 0, else the highest one
 * below mmap_base. -ENOMEM where there is none. round_hint_to_min(); arch_get_unmapped_area_topdown()
 */
export const getUnmappedArea: Step<[number, number, number], number> = step(
  "get_unmapped_area",
  (tx, mm, wish, length) => {
    accessMm(tx, mm);
    const tree = tx.read(vmaTree.of(mm));
    const least = tx.read(mmapMinAddr);
    const hint = wish === 0 ? 0 : Math.max(pageStart(wish), least);
    if (hint !== 0 && hint + length <= TASK_SIZE && isFree(tx, tree, hint, hint + length)) return hint;
    let end = MMAP_BASE;
    for (const area of tree.toReversed()) {
      if (area.end < end && end - length >= area.end) break;
      end = Math.min(end, gapStart(tx, area));
    }
    const start = end - length;
    return start >= Math.max(least, PAGE_SIZE) ? start : ERRNO.ENOMEM;
  },
);

/** What comes next keeps its distance; those after it are not asked. */
function isFree(tx: StepContext, tree: readonly TreeEntry[], start: number, end: number): boolean {
  const next = tree.find((area) => start < area.end);
  return next === undefined || end <= gapStart(tx, next);
}

/** vm_start_gap: a stack keeps a distance to what is below. include/linux/mm.h */
function gapStart(tx: StepContext, area: TreeEntry): number {
  const stack = (tx.read(vmaFlags.of(area.vma)) & VM.GROWSDOWN) !== 0;
  return stack ? Math.max(0, area.start - STACK_GUARD_GAP) : area.start;
}

export const unmappedAreaSteps: readonly AnyStep[] = [vmaIntersects, getUnmappedArea];

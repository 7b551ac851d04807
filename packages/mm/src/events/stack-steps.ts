import { pagesFrom, pageStart } from "../objects/address.ts";
import { anonVma, vmaAnonVma } from "../objects/anon-vma.ts";
import { vmaTree } from "../objects/mm.ts";
import { type Vma, type VmaPtr, vmaFlags, vmaSlot } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { checkFieldWrite } from "./field-locks.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { STACK_GUARD_GAP } from "./unmapped-area-steps.ts";
import { accessMm, accessVma } from "./vma-access.ts";

/** What find_vma found for a fault: the VMA at the address, or a stack above it that may grow down to it. */
export type Found = {
  readonly vma: VmaPtr;
  readonly grow: boolean;
  /** The root of its anon_vma, whose lock is taken before it grows. */
  readonly root: number | null;
};

/** find_vma, as far as a fault can use what it finds: null in a hole that is no stack's. mm/mmap.c */
export const findVma: Step<[number, number], Found | null> = step("find_vma", (tx, mm, address) => {
  accessMm(tx, mm);
  const entry = tx.read(vmaTree.of(mm)).find(({ end }) => address < end);
  if (entry === undefined) return null;
  const vma = { vma: entry.vma, gen: entry.gen };
  if (entry.start <= address) return { vma, grow: false, root: null };
  if ((tx.read(vmaFlags.of(entry.vma)) & VM.GROWSDOWN) === 0) return null;
  const own = tx.read(vmaAnonVma.of(entry.vma));
  return { vma, grow: true, root: own === null ? null : tx.read(anonVma.of(own)).root };
});

/** Whether a stack may begin at this address' page: what is below is far enough away. mm/vma.c, expand_downwards() */
export const stackGuardGap: Step<[VmaPtr, number], boolean> = step("stack_guard_gap", (tx, ptr, address) => {
  const vma = accessVma(tx, ptr);
  return vma !== undefined && roomBelow(tx, vma, pageStart(address));
});

/**
 * expand_downwards: the stack's VMA begins at this address' page from now on; false where another VMA
 * is, or is too near. In a maple
 * tree that replaces a node. mm/vma.c
 */
export const expandDownwards: Step<[VmaPtr, number, "rbtree" | "maple"], boolean> = step(
  "expand_downwards",
  (tx, ptr, address, form) => {
    const vma = accessVma(tx, ptr);
    const start = pageStart(address);
    if (vma === undefined || start >= vma.start) return vma !== undefined;
    const tree = tx.read(vmaTree.of(vma.mm));
    if (!roomBelow(tx, vma, start)) return false;
    // Before the maple tree page_table_lock, inside this step, was enough.
    if (form === "maple") checkFieldWrite(tx, vma, ptr, "vm_start");
    const pgoff = Math.max(0, vma.pgoff + pagesFrom(vma.start, start));
    tx.write(vmaSlot.of(ptr.vma), { ...vma, start, pgoff });
    tx.write(
      vmaTree.of(vma.mm),
      tree.map((one) => (one.vma === ptr.vma ? { ...one, start } : one)),
    );
    return true;
  },
);

function roomBelow(tx: StepContext, vma: Vma, start: number): boolean {
  const below = tx.read(vmaTree.of(vma.mm)).findLast((one) => one.start < vma.start);
  return below === undefined || start - below.end >= gapAbove(tx, below.vma);
}

/** How far a stack stays away from what is below it: from what can be accessed, and is no stack itself. */
function gapAbove(tx: StepContext, below: number): number {
  const flags = tx.read(vmaFlags.of(below));
  const counts = (flags & VM.GROWSDOWN) === 0 && (flags & (VM.READ | VM.WRITE | VM.EXEC)) !== 0;
  return counts ? STACK_GUARD_GAP : 0;
}

export const stackSteps: readonly AnyStep[] = [findVma, stackGuardGap, expandDownwards];

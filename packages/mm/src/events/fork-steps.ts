import { vmaAnonVma } from "../objects/anon-vma.ts";
import { hex, PAGE_SIZE, TABLE_SPAN } from "../objects/address.ts";
import { vmaLockForm } from "../objects/config.ts";
import { lockOwner } from "../objects/lock.ts";
import { writeLocked } from "../objects/mm.ts";
import { pfnMaps, presentPte, type Pte, pteAt } from "../objects/page.ts";
import { mmapLock } from "../objects/rwsem.ts";
import { task } from "../objects/task.ts";
import { type Vma, vmaFlags, vmaName, type VmaPtr, vmaSlab, vmaSlot } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { PTE_LOCK, RANGE } from "../rules/page-table.ts";
import { FORK_LOCKED } from "../rules/process.ts";
import { touchMm } from "./mm-steps.ts";
import { getRef } from "./page-refs.ts";
import { pteHolder, ptlName } from "./pte-steps.ts";
import { downWrite } from "./rwsem.ts";
import { swapDuplicate } from "./swap-entries.ts";
import { type AnyStep, BLOCKED, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { VM_UFFD } from "./uffd-rules.ts";
import { accessVma } from "./vma-access.ts";
import { allocateSlot } from "./vma-steps.ts";

/**
 * mmap_write_lock_nested of a child's mmap_lock inside its parent's: a class of its own, for nobody else ever takes the
 * two together. The child is known to nobody, so it never waits. kernel/fork.c, dup_mmap()
 */
export const mmapWriteLockNested: Step<[number], null> = step("mmap_write_lock_nested", (tx, mm) => {
  touchMm(tx, mm);
  if (downWrite(tx, { ...mmapLock(mm), class: "mmap_lock_nested" }) !== true) return BLOCKED;
  return undefined;
});

/** vm_area_dup: a copy for another address space, in no tree, private to its maker. mm/vma_init.c */
export const vmAreaDup: Step<[VmaPtr, number], VmaPtr> = step("vm_area_dup", (tx, ptr, mm) => {
  touchMm(tx, mm);
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return ptr;
  const slot = allocateSlot(tx, vmaSlab);
  const gen = tx.read(vmaSlot.of(slot)).gen + 1;
  tx.write(vmaSlot.of(slot), { ...vma, gen, mm, state: "new", by: tx.task });
  const flags = tx.read(vmaFlags.of(ptr.vma));
  tx.write(vmaFlags.of(slot), flags & ~(VM.LOCKED | VM_UFFD));
  const anon = tx.read(vmaAnonVma.of(ptr.vma));
  // What is wiped shares no pages: its first fault makes an anon_vma of its own.
  if (anon !== null && (flags & VM.WIPEONFORK) === 0) tx.write(vmaAnonVma.of(slot), anon);
  return { vma: slot, gen };
});

/**
 * What dup_mmap does with a VMA: `skip` (VM_DONTCOPY), `copy` its page tables, or `leave` them for the child's faults:
 * where those would find everything again, or shall find zeroes (VM_WIPEONFORK). What faults cannot find again is in
 * VM_COPY_ON_FORK, or has an anon_vma. mm/memory.c, vma_needs_copy()
 */
export const vmaNeedsCopy: Step<[VmaPtr], "skip" | "copy" | "leave"> = step("vma_needs_copy", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return "skip";
  const flags = tx.read(vmaFlags.of(ptr.vma));
  if ((flags & VM.DONTCOPY) !== 0) return "skip";
  if ((flags & VM.WIPEONFORK) !== 0) return "leave";
  if (vma.guard === true || (flags & (VM.PFNMAP | VM.MIXEDMAP | VM.UFFD_WP)) !== 0) return "copy";
  return tx.read(vmaAnonVma.of(ptr.vma)) === null ? "leave" : "copy";
});

/**
 * copy_pte_range under both page-table locks: the child maps what the parent maps. Where a write would have to copy
 * the page, both lose the right to write: the parent's TLBs know nothing of that before flush_tlb_mm.
 */
export const copyPteRange: Step<[VmaPtr, VmaPtr, number, number], null> = step(
  "copy_pte_range",
  (tx, from, to, start, end) => {
    if (start >= end || end - start > TABLE_SPAN) {
      tx.violate(RANGE, hex(start), `copy of [${hex(start)}, ${hex(end)}) in one page table`);
      return;
    }
    const [old, child] = [accessVma(tx, from), accessVma(tx, to)];
    if (old === undefined || child === undefined) return;
    const flags = tx.read(vmaFlags.of(from.vma));
    const cow = (flags & (VM.SHARED | VM.MAYWRITE)) === VM.MAYWRITE;
    if (cow) mustBeWriteLocked(tx, old, from);
    needsPtls(tx, [old.mm, child.mm], start);
    for (let address = start; address < end; address += PAGE_SIZE) {
      const entry = tx.read(pteAt(old.mm, address));
      if (entry === null) continue;
      const shared = cow ? withoutWrite(entry) : entry;
      if (shared !== entry) tx.write(pteAt(old.mm, address), shared);
      tx.write(pteAt(child.mm, address), shared);
      if ("kind" in entry && entry.kind === "swap") swapDuplicate(tx, entry.slot);
      const page = presentPte(entry);
      if (page === null) continue;
      const holder = pteHolder(child.mm, address);
      if (page.special === true) tx.write(pfnMaps.of(page.page), [...tx.read(pfnMaps.of(page.page)), holder].sort());
      else getRef(tx, { page: page.page, gen: page.gen }, holder);
    }
  },
);

function withoutWrite(entry: Pte): Pte {
  return entry !== null && "write" in entry && entry.write ? { ...entry, write: false } : entry;
}

/** vma_assert_write_locked of copy_page_range. */
function mustBeWriteLocked(tx: StepContext, vma: Vma, ptr: VmaPtr): void {
  if (tx.read(vmaLockForm) === "none" || tx.read(writeLocked.of(vma.mm)).includes(ptr.vma)) return;
  tx.violate(FORK_LOCKED, vmaName(ptr), `copies the page tables of ${vmaName(ptr)}, in which faults may run`);
}

function needsPtls(tx: StepContext, mms: readonly number[], address: number): void {
  for (const mm of mms) {
    if (tx.read(lockOwner.of(ptlName(mm, address))) === tx.task) continue;
    tx.violate(PTE_LOCK, `pte:${mm}:${hex(address)}`, `copy_pte_range without the page-table lock`);
  }
}

/** wake_up_new_task: the task, which waited for it, runs in this address space from now on. kernel/sched/core.c */
export const wakeUpNewTask: Step<[number, number], null> = step("wake_up_new_task", (tx, child, mm) => {
  touchMm(tx, mm);
  tx.write(task.of(child), { ...tx.read(task.of(child)), mm });
});

/** ret_from_fork: a thread that stands for a child waits to be born. The address space that it runs in. */
export const retFromFork: Step<[], number> = step("ret_from_fork", (tx) => tx.read(task.of(tx.task)).mm ?? BLOCKED);

export const forkSteps: readonly AnyStep[] = [
  mmapWriteLockNested,
  vmAreaDup,
  vmaNeedsCopy,
  copyPteRange,
  wakeUpNewTask,
  retFromFork,
];

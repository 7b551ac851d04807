import { hex, PAGE_SIZE, TABLE_SPAN } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import { mapcount, pageMapping, type PagePtr, pageSlot, presentPte, pteAt } from "../objects/page.ts";
import { VM } from "../objects/vm-flags.ts";
import { vmaFlags, type VmaPtr } from "../objects/vma.ts";
import { RANGE } from "../rules/page-table.ts";
import { getRef, taskHolder } from "./page-refs.ts";
import { isGuard, needsPtl } from "./pte-steps.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { accessVma } from "./vma-access.ts";

/**
 * can_madvise_modify: sealed private memory that may not be written must not lose its contents by advice either.
 * mm/madvise.c
 */
export function keepsData(vma: { sealed?: true; ops: string; file: number | null; flags: number }): boolean {
  return vma.sealed === true && vma.ops === "" && vma.file === null && (vma.flags & VM.WRITE) === 0;
}

/** What of a range may be thrown away, or why not. */
export type Discard = { readonly start: number; readonly end: number; readonly error: number };

/**
 * madvise_dontneed_free_valid_vma: what of [start, end) lies in the VMA, or why it may not be thrown away: not if it is
 * of page frames, nor, unless `locked` (MADV_DONTNEED_LOCKED), if it is locked. mm/madvise.c
 */
export const madviseDontneedValid: Step<[VmaPtr, number, number, boolean], Discard> = step(
  "madvise_dontneed_free_valid_vma",
  (tx, ptr, start, end, locked) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return { start, end: start, error: ERRNO.EFAULT };
    const flags = tx.read(vmaFlags.of(ptr.vma));
    const barred = (flags & (VM.PFNMAP | (locked ? 0 : VM.LOCKED))) !== 0;
    return {
      start: Math.max(start, vma.start),
      end: Math.min(end, vma.end),
      error: keepsData({ ...vma, flags }) ? ERRNO.EPERM : barred ? ERRNO.EINVAL : 0,
    };
  },
);

/** A page that reclaim is to take, with a reference of this task, and where it is mapped. */
export type Isolated = { readonly page: PagePtr; readonly at: number };

/**
 * madvise_cold_or_pageout_pte_range over [start, end), which one page table maps: what of it is private memory that only
 * this PTE maps, isolated (folio_isolate_lru), where it is to be paged out. Pages that are only cold merely look old,
 * which nothing here asks. mm/madvise.c
 */
export const madviseColdOrPageout: Step<[VmaPtr, number, number, boolean], readonly Isolated[]> = step(
  "madvise_cold_or_pageout_pte_range",
  (tx, ptr, start, end, pageout) => {
    const isolated: Isolated[] = [];
    eachPte(tx, ptr, start, end, (mm, at) => {
      const entry = presentPte(tx.read(pteAt(mm, at)));
      if (entry === null || entry.special === true || !pageout) return;
      const mapping = tx.read(pageMapping.of(entry.page));
      if (mapping === null || !("anonVma" in mapping) || mapcount(tx.read(pageSlot.of(entry.page))) !== 1) return;
      const page = { page: entry.page, gen: entry.gen };
      getRef(tx, page, taskHolder(tx.task));
      isolated.push({ page, at });
    });
    return isolated;
  },
);

/**
 * guard_install_set_pte over [start, end), which one page table maps: markers where nothing is mapped. Whether all of
 * it is guarded now; false when something was mapped, which must be zapped first. mm/madvise.c
 */
export const guardInstallSetPte: Step<[VmaPtr, number, number], boolean> = step(
  "guard_install_set_pte",
  (tx, ptr, start, end) => {
    let guarded = true;
    eachPte(tx, ptr, start, end, (mm, address) => {
      const entry = tx.read(pteAt(mm, address));
      if (entry === null) tx.write(pteAt(mm, address), { kind: "marker", marker: "guard" });
      else if (!isGuard(entry)) guarded = false;
    });
    return guarded;
  },
);

/** guard_remove_pte_entry over [start, end), which one page table maps: its markers go. mm/madvise.c */
export const guardRemovePteEntry: Step<[VmaPtr, number, number], null> = step(
  "guard_remove_pte_entry",
  (tx, ptr, start, end) => {
    eachPte(tx, ptr, start, end, (mm, address) => {
      const entry = tx.read(pteAt(mm, address));
      if (entry !== null && isGuard(entry)) tx.write(pteAt(mm, address), null);
    });
  },
);

type Visit = (mm: number, address: number) => void;

function eachPte(tx: StepContext, ptr: VmaPtr, start: number, end: number, visit: Visit): void {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  if (start >= end || end - start > TABLE_SPAN) {
    tx.violate(RANGE, hex(start), `${tx.op} of [${hex(start)}, ${hex(end)}) in one page table`);
    return;
  }
  needsPtl(tx, vma.mm, start);
  for (let address = start; address < end; address += PAGE_SIZE) visit(vma.mm, address);
}

export const madviseSteps: readonly AnyStep[] = [
  madviseDontneedValid,
  madviseColdOrPageout,
  guardInstallSetPte,
  guardRemovePteEntry,
];

import { hex, TABLE_SPAN } from "../objects/address.ts";
import { vmaAnonVma } from "../objects/anon-vma.ts";
import { lockOwner } from "../objects/lock.ts";
import { pageTables } from "../objects/mm.ts";
import { pteAt } from "../objects/page.ts";
import { heldBy } from "../objects/task.ts";
import { vmaUffd } from "../objects/uffd.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { PGT_FREE } from "../rules/table-free.ts";
import { needsPtl, tableOf } from "./pte-steps.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import { clearPmd } from "./table-free-steps.ts";
import { flushRange } from "./tlb.ts";
import { accessVma } from "./vma-access.ts";

/** Name of the lock of a PMD: one for the whole address space. */
export function pmdLockName(mm: number): string {
  return `page_table_lock${mm}`;
}

/**
 * file_backed_vma_is_retractable: whether only the file's pages can be in the VMA's page tables, so that nobody gets to
 * them but through mmap lock and i_mmap. mm/khugepaged.c
 */
export const fileBackedVmaIsRetractable: Step<[VmaPtr], boolean> = step("file_backed_vma_is_retractable", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined || tx.read(vmaAnonVma.of(ptr.vma)) !== null || vma.guard === true) return false;
  const uffd = tx.read(vmaUffd.of(ptr.vma));
  return uffd?.gen !== ptr.gen;
});

/**
 * pmdp_collapse_flush: takes an empty page table away while its VMA stays, under i_mmap and the PMD's lock. Whether
 * there was one. mm/khugepaged.c, retract_page_tables()
 */
export const pmdpCollapseFlush: Step<[number, number], boolean> = step("pmdp_collapse_flush", (tx, mm, address) => {
  const table = tableOf(address);
  if (!tx.read(pageTables.of(mm)).includes(table)) return false;
  const name = `table:${mm}:${table}`;
  if (!tx.read(heldBy.of(tx.task)).some((held) => held.class === "i_mmap")) {
    tx.violate(PGT_FREE, name, `takes the page table of ${hex(address)} away without i_mmap`);
  }
  if (tx.read(lockOwner.of(pmdLockName(mm))) !== tx.task) {
    tx.violate(PGT_FREE, name, `takes the page table of ${hex(address)} away without the lock of its PMD`);
  }
  clearPmd(tx, mm, table);
  flushRange(tx, mm, table * TABLE_SPAN, (table + 1) * TABLE_SPAN);
  return true;
});

/**
 * zap_empty_pte_table (CONFIG_PT_RECLAIM): after a zap of all that one table maps, still under its lock, the table
 * goes too, if the PMD's lock is to be had. Whether it did. mm/pt_reclaim.c
 */
export const zapEmptyPteTable: Step<[number, number], boolean> = step("zap_empty_pte_table", (tx, mm, address) => {
  needsPtl(tx, mm, address);
  if (tx.read(lockOwner.of(pmdLockName(mm))) !== null) return false;
  const table = tableOf(address);
  for (let at = table * TABLE_SPAN; at < (table + 1) * TABLE_SPAN; at += 4096) {
    if (tx.read(pteAt(mm, at)) !== null) return false;
  }
  clearPmd(tx, mm, table);
  return true;
});

export const retractSteps: readonly AnyStep[] = [fileBackedVmaIsRetractable, pmdpCollapseFlush, zapEmptyPteTable];

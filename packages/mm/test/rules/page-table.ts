import { insertPageIntoPteLocked, tablesInRange, zapPteRange } from "../../src/events/pte-steps.ts";
import { pteOffsetMap } from "../../src/events/table-walk-steps.ts";
import { vmaIterClear, vmAreaFree } from "../../src/events/vma-steps.ts";
import { TABLE_SPAN, VM, type VmaPtr } from "../../src/index.ts";
import { AT, lookup, mapAt, page, PAGE, RW } from "../mappings.ts";
import type { World } from "../world.ts";
import { type RuleCase, ruleCase } from "./rule-case.ts";

/** Task 1 puts a page of its own where nothing is mapped. */
function fill(w: World, mm: number, vma: VmaPtr): void {
  const own = page(w);
  w.as(1, w.k.pteAlloc(mm, AT));
  w.as(1, w.k.pteOffsetMapLock(mm, AT));
  w.as(1, insertPageIntoPteLocked(vma, AT, own, false));
  w.as(1, w.k.pteUnmapUnlock(mm, AT));
}

/** A shared mapping of a whole page table's worth of inode 0, with its table, nothing mapped. */
function wholeTable(w: World): { mm: number; vma: VmaPtr; start: number } {
  const mm = w.mm(1);
  const start = 4 * TABLE_SPAN;
  const file = w.as(1, w.k.doDentryOpen(0, "", ""));
  w.as(1, w.k.mmap(mm, { start, length: TABLE_SPAN, flags: RW | VM.SHARED, ops: "", owner: "", file }));
  const vma = lookup(w, mm, start)!;
  w.as(1, w.k.mmapReadLock(mm));
  w.as(1, w.k.pteAlloc(mm, start));
  return { mm, vma, start };
}

export const pageTableCases: readonly RuleCase[] = [
  ruleCase("PTE-LOCK", "a zap under mmap_lock", "the page-table lock", (w, near) => {
    const mm = w.mm(1);
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.pteAlloc(mm, AT));
    if (near) w.as(1, w.k.pteOffsetMapLock(mm, AT));
    w.as(1, zapPteRange(mm, AT, AT + PAGE));
  }),
  ruleCase("PTE-INSTALL", "an insert by the unmapper, the tree cleared", "before it is cleared", (w, near) => {
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, w.k.vmaStartWrite(vma));
    if (near) fill(w, mm, vma);
    w.as(1, vmaIterClear(mm, AT, AT + PAGE));
    if (!near) fill(w, mm, vma);
  }),
  ruleCase("PTE-INSTALL", "a page table made under i_mmap", "the mmap read lock around it", (w, near) => {
    const mm = w.mm(1);
    if (near) w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.downRead("i_mmap0"));
    w.as(1, w.k.pteAlloc(mm, AT));
  }),
  ruleCase(
    "PTE-COVERED",
    "a VMA is freed, its page still mapped",
    "its PTEs are cleared, and flushed, before",
    (w, near) => {
      const mm = w.mm(1);
      const vma = mapAt(w, mm, AT, 1);
      w.as(1, w.k.pageFault(mm, AT, true));
      w.as(1, w.k.mmapWriteLock(mm));
      w.as(1, vmaIterClear(mm, AT, AT + PAGE));
      w.as(1, w.k.pteOffsetMapLock(mm, AT));
      if (near) w.as(1, zapPteRange(mm, AT, AT + PAGE));
      w.as(1, w.k.pteUnmapUnlock(mm, AT));
      w.as(1, w.k.tlbFinishMmu(mm));
      w.as(1, vmAreaFree(vma));
      w.as(1, w.k.mmapWriteUnlock(mm));
    },
    { quiet: true },
  ),
  ruleCase("RANGE", "a zap from the middle of a VMA on", "a size that does not wrap", (w, near) => {
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 2);
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.zapPageRangeSingle(mm, vma, AT + PAGE, near ? PAGE : -PAGE / 2, null));
  }),
  ruleCase("PGT-FREE", "a table is retracted that somebody has found", "within RCU", (w, near) => {
    const { mm, start } = wholeTable(w);
    w.as(1, pteOffsetMap(mm, start, near));
    w.as(2, w.k.retractPageTables(0, 0));
  }),
  ruleCase("PGT-FREE", "a walk of the page tables", "the mmap read lock", (w, near) => {
    const mm = w.mm(1);
    if (near) w.as(1, w.k.mmapReadLock(mm));
    w.as(1, tablesInRange(mm, AT, AT + PAGE));
  }),
];

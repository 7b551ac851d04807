import { type Driver, zapPageRangeBegin } from "../events/driver-steps.ts";
import { pteOffsetMapLock, pteUnmapUnlock, tablesInRange, zapPteRange } from "../events/pte-steps.ts";
import { zapEmptyPteTable } from "../events/retract-steps.ts";
import { tlbFinishMmu } from "../events/tlb-steps.ts";
import { PAGE_SIZE, TABLE_SPAN } from "../objects/address.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";

type Part = { readonly start: number; readonly end: number };

/** What is zapped at once: page tables, or single pages where zapping may stop between them. mm/memory.c, zap_pte_range() */
function partsOf(k: Context, tables: readonly Part[]): readonly Part[] {
  if (!k.knobs.zapBreaks) return tables;
  return tables.flatMap(({ start, end }) =>
    Array.from({ length: (end - start) / PAGE_SIZE }, (_, page) => {
      const at = start + page * PAGE_SIZE;
      return { start: at, end: at + PAGE_SIZE };
    }),
  );
}

/**
 * unmap_page_range: clears the PTEs of [start, end), page table by page table. Whether special ones were among them.
 * mm/memory.c
 */
export const unmapPageRange: Procedure<Context, [number, number, number], boolean> = procedure(
  "unmap_page_range",
  function* (k, mm: number, start: number, end: number) {
    let special = false;
    for (const part of partsOf(k, yield* tablesInRange(mm, start, end))) {
      if (!(yield* pteOffsetMapLock(mm, part.start))) continue;
      special = (yield* zapPteRange(mm, part.start, part.end)) || special;
      yield* pteUnmapUnlock(mm, part.start);
    }
    return special;
  },
);

/**
 * zap_page_range_single: a driver, or core code (null), clears the PTEs of a range within one VMA. `size` in bytes.
 * mm/memory.c
 */
export const zapPageRangeSingle: Procedure<Context, [number, VmaPtr, number, number, Driver], null> = procedure(
  "zap_page_range_single",
  function* (k, mm: number, vma: VmaPtr, address: number, size: number, driver: Driver) {
    const range = yield* zapPageRangeBegin(vma, address, size, driver);
    if (range === null) return null;
    for (const part of partsOf(k, yield* tablesInRange(mm, range.start, range.end))) {
      if (!(yield* pteOffsetMapLock(mm, part.start))) continue;
      yield* zapPteRange(mm, part.start, part.end, "keep-guards");
      yield* pteUnmapUnlock(mm, part.start);
    }
    yield* tlbFinishMmu(mm);
    return null;
  },
);

/**
 * zap_page_range_single with details.reclaim_pt, as MADV_DONTNEED calls it: a page table of which everything goes, goes
 * too where the kernel does that. mm/memory.c, zap_page_range_single_batched()
 */
export const zapPageRangeReclaim: Procedure<Context, [number, VmaPtr, number, number], null> = procedure(
  "zap_page_range_single_batched",
  function* (k, mm: number, vma: VmaPtr, address: number, size: number) {
    const range = yield* zapPageRangeBegin(vma, address, size, null);
    if (range === null) return null;
    for (const part of partsOf(k, yield* tablesInRange(mm, range.start, range.end))) {
      if (!(yield* pteOffsetMapLock(mm, part.start))) continue;
      yield* zapPteRange(mm, part.start, part.end, "keep-guards");
      if (k.knobs.ptReclaim && part.end - part.start === TABLE_SPAN) yield* zapEmptyPteTable(mm, part.start);
      yield* pteUnmapUnlock(mm, part.start);
    }
    yield* tlbFinishMmu(mm);
    return null;
  },
);

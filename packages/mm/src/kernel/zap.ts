import { type Driver, zapPageRangeBegin } from "../events/driver-steps.ts";
import { pteOffsetMapLock, pteUnmapUnlock, tablesInRange, zapPteRange } from "../events/pte-steps.ts";
import { tlbFinishMmu } from "../events/tlb-steps.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";

/** unmap_page_range: clears the PTEs of [start, end), page table by page table. mm/memory.c */
export const unmapPageRange: Procedure<Context, [number, number, number], null> = procedure(
  "unmap_page_range",
  function* (_k, mm: number, start: number, end: number) {
    for (const part of yield* tablesInRange(mm, start, end)) {
      yield* pteOffsetMapLock(mm, part.start);
      yield* zapPteRange(mm, part.start, part.end);
      yield* pteUnmapUnlock(mm, part.start);
    }
    return null;
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
    yield* unmapPageRange(k, mm, range.start, range.end);
    yield* tlbFinishMmu(mm);
    return null;
  },
);

import { hex, PAGE_SIZE, TABLE_SPAN } from "../objects/address.ts";
import { gather, mapcount, type PagePtr, pageSlot, pageType, presentPte, pteAt } from "../objects/page.ts";
import { vmaName, type VmaPtr } from "../objects/vma.ts";
import { RANGE } from "../rules/page-table.ts";
import { pageIsLive, putRef } from "./page-refs.ts";
import { needsPtl, pteHolder } from "./pte-steps.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import { freeSwapAndCache } from "./swap-entries.ts";
import { flushRange } from "./tlb.ts";
import { accessVma } from "./vma-access.ts";

/**
 * madvise_free_pte_range over [start, end), which one page table maps: pages that nobody else maps may be thrown away
 * from now on, unless they are written again; what is in swap goes at once. TLBs that know the pages as dirty are
 * flushed by the caller's gather. mm/madvise.c
 */
export const madviseFreePteRange: Step<[VmaPtr, number, number], null> = step(
  "madvise_free_pte_range",
  (tx, ptr, start, end) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return;
    if (start >= end || end - start > TABLE_SPAN) {
      tx.violate(RANGE, vmaName(ptr), `${tx.op} of [${hex(start)}, ${hex(end)}) in one page table`);
      return;
    }
    needsPtl(tx, vma.mm, start);
    for (let at = start; at < end; at += PAGE_SIZE) {
      const entry = tx.read(pteAt(vma.mm, at));
      if (entry !== null && "kind" in entry && entry.kind === "swap") {
        tx.write(pteAt(vma.mm, at), null);
        freeSwapAndCache(tx, entry.slot);
      }
      const mapped = presentPte(entry);
      if (mapped === null || mapped.special === true || mapcount(tx.read(pageSlot.of(mapped.page))) !== 1) continue;
      tx.write(pteAt(vma.mm, at), { ...mapped, clean: true });
      tx.write(pageType.of(mapped.page), "lazyfree");
      tx.update(gather.of(tx.task), (owed) => [...owed, { mm: vma.mm, at, page: null }]);
    }
  },
);

/** folio_test_anon and not folio_test_swapbacked: whether MADV_FREE has given the page up. mm/vmscan.c */
export const folioIsLazyfree: Step<[PagePtr], boolean> = step(
  "folio_is_lazyfree",
  (tx, page) => pageIsLive(tx, page) && tx.read(pageType.of(page.page)) === "lazyfree",
);

/**
 * try_to_unmap_one of such a page, under the page-table lock: gone without a trace when it was not written since and
 * nobody else holds it than this PTE and reclaim; else it is an ordinary page again. Whether it is gone. mm/rmap.c
 */
export const unmapLazyfree: Step<[number, number, PagePtr], boolean> = step(
  "try_to_unmap_lazyfree",
  (tx, mm, address, page) => {
    needsPtl(tx, mm, address);
    const entry = presentPte(tx.read(pteAt(mm, address)));
    if (entry?.page !== page.page || entry.gen !== page.gen) return false;
    flushRange(tx, mm, address, address + PAGE_SIZE);
    const held = Object.values(tx.read(pageSlot.of(page.page)).refs).reduce((sum, count) => sum + count, 0);
    if (entry.clean !== true || held > 2) {
      tx.write(pageType.of(page.page), "anon");
      return false;
    }
    tx.write(pteAt(mm, address), null);
    putRef(tx, page, pteHolder(mm, address));
    return true;
  },
);

export const lazyfreeSteps: readonly AnyStep[] = [madviseFreePteRange, folioIsLazyfree, unmapLazyfree];

import { mutexTrylock, mutexUnlock } from "../events/lock-steps.ts";
import { folioIsLazyfree, madviseFreePteRange, unmapLazyfree } from "../events/lazyfree-steps.ts";
import { folioTryGet, putPage } from "../events/page-steps.ts";
import { isAnonymous, vmaView } from "../events/mprotect-steps.ts";
import { pteOffsetMapLock, ptepGet, pteUnmapUnlock, tablesInRange } from "../events/pte-steps.ts";
import { tlbFinishMmu } from "../events/tlb-steps.ts";
import { ERRNO } from "../objects/errno.ts";
import { folioLock } from "../objects/page.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { discardable, underReadLock } from "./madvise.ts";
import { type Procedure, procedure } from "./procedure.ts";

/**
 * madvise(MADV_FREE): reclaim may throw the pages of the range away as long as nobody writes to them again. 0, -EINVAL
 * for memory that is not anonymous, of page frames or locked, -ENOMEM for a gap. mm/madvise.c, madvise_dontneed_free()
 */
export const madviseFree: Procedure<Context, [number, number, number], number> = procedure(
  "madvise_free",
  function* (k, mm: number, start: number, length: number) {
    return yield* underReadLock(k, mm, start, length, (vma, end) => freeVma(k, mm, vma, start, end));
  },
);

const freeVma: Procedure<Context, [number, VmaPtr, number, number], number> = procedure(
  "madvise_free_single_vma",
  function* (k, mm: number, found: VmaPtr, from: number, to: number) {
    const { vma, start, end, error } = yield* discardable(k, mm, found, from, to, false);
    if (error !== 0) return error;
    if (!isAnonymous(yield* vmaView(vma))) return ERRNO.EINVAL;
    for (const part of yield* tablesInRange(mm, start, end)) {
      if (!(yield* pteOffsetMapLock(mm, part.start))) continue;
      yield* madviseFreePteRange(vma, part.start, part.end);
      yield* pteUnmapUnlock(mm, part.start);
    }
    yield* tlbFinishMmu(mm);
    return 0;
  },
);

/**
 * Reclaim meets the page of one PTE, which MADV_FREE has given up: whether it threw it away. The rmap walk finds that
 * PTE from the folio; here the caller names it. mm/vmscan.c, shrink_folio_list()
 */
export const reclaimLazyfree: Procedure<Context, [number, number], boolean> = procedure(
  "shrink_folio_list_lazyfree",
  function* (_k, mm: number, address: number) {
    const entry = yield* ptepGet(mm, address);
    if (entry === null || "kind" in entry) return false;
    const page = { page: entry.page, gen: entry.gen };
    if (!(yield* folioTryGet(page))) return false;
    let gone = false;
    if (yield* mutexTrylock(folioLock(page))) {
      if ((yield* folioIsLazyfree(page)) && (yield* pteOffsetMapLock(mm, address))) {
        gone = yield* unmapLazyfree(mm, address, page);
        yield* pteUnmapUnlock(mm, address);
      }
      yield* mutexUnlock(folioLock(page));
    }
    yield* putPage(page);
    return gone;
  },
);

import { mutexLock, mutexTrylock, mutexUnlock } from "../events/lock-steps.ts";
import { folioLock, folioMapping } from "../events/migrate-steps.ts";
import { allocPage, putPage } from "../events/page-steps.ts";
import { ptepGet, pteOffsetMapLock, pteUnmapUnlock } from "../events/pte-steps.ts";
import {
  addToSwap,
  folioFreeSwap,
  folioMatchesSwapEntry,
  readSwapCacheAsync,
  swapCacheGetFolio,
  swapinInstall,
  tryToUnmapOne,
} from "../events/swap-steps.ts";
import { anonVmaRoot } from "../events/anon-vma-steps.ts";
import { upRead } from "../events/rwsem-steps.ts";
import { anonVmaLock } from "../objects/anon-vma.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { downRead } from "./rwsem-lock.ts";

/**
 * Reclaim takes the page of one PTE to swap: whether it did. The rmap walk, under the anon_vma's lock, finds that PTE
 * from the folio; here the caller names it. mm/vmscan.c, shrink_folio_list()
 */
export const swapOut: Procedure<Context, [number, number], boolean> = procedure(
  "shrink_folio_list",
  function* (k, mm: number, address: number) {
    const entry = yield* ptepGet(mm, address);
    if (entry === null || "kind" in entry) return false;
    const page = { page: entry.page, gen: entry.gen };
    yield* mutexLock(folioLock(page));
    const slot = yield* addToSwap(page);
    const mapping = yield* folioMapping(page);
    const root = mapping !== null && "anonVma" in mapping ? yield* anonVmaRoot(mapping.anonVma) : null;
    let done = false;
    if (slot !== null && root !== null) {
      yield* downRead(k, anonVmaLock(root));
      const there = yield* pteOffsetMapLock(mm, address);
      done = there && (yield* tryToUnmapOne(mm, address, page, slot));
      if (there) yield* pteUnmapUnlock(mm, address);
      yield* upRead(anonVmaLock(root));
    }
    if (slot !== null && !done) yield* folioFreeSwap(page, slot);
    yield* mutexUnlock(folioLock(page));
    return done;
  },
);

/**
 * A fault on a PTE that names a swap slot; under the VMA's or the mmap lock. Where another has the folio locked nothing
 * happens and the access is repeated: waiting for a folio under a VMA lock would be against the lock order.
 * mm/memory.c, do_swap_page(); mm/filemap.c, __folio_lock_or_retry()
 */
export const doSwapPage: Procedure<Context, [number, VmaPtr, number, number, boolean], null> = procedure(
  "do_swap_page",
  function* (_k, mm: number, vma: VmaPtr, address: number, slot: number, write: boolean) {
    const cached = yield* swapCacheGetFolio(slot);
    const page = cached ?? (yield* readSwapCacheAsync(slot, yield* allocPage()));
    if (!(yield* mutexTrylock(folioLock(page)))) {
      yield* putPage(page);
      return null;
    }
    let installed = false;
    if (yield* folioMatchesSwapEntry(page, slot)) {
      const there = yield* pteOffsetMapLock(mm, address);
      installed = there && (yield* swapinInstall(vma, address, page, slot, write));
      if (there) yield* pteUnmapUnlock(mm, address);
    }
    yield* mutexUnlock(folioLock(page));
    if (!installed) yield* putPage(page);
    return null;
  },
);

import { folioWaitLocked } from "../events/fault-wait-steps.ts";
import { mutexLock, mutexTrylock, mutexUnlock } from "../events/lock-steps.ts";
import { folioMapping } from "../events/migrate-steps.ts";
import { folioTryGet, putPage } from "../events/page-steps.ts";
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
import { folioLock, type PagePtr } from "../objects/page.ts";
import type { Context, VmFault } from "./context.ts";
import { tryAllocPage } from "./failure.ts";
import { type FaultLock, releaseFaultLock, type VmFaultResult } from "./fault-lock.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { downRead } from "./rwsem-lock.ts";
import { doWpPage } from "./wp-page.ts";

/**
 * Reclaim takes the page of one PTE to swap: whether it did. From the list of pages it has a reference, unless the page
 * is gone; the rmap walk finds the PTE from the folio. Here the caller names it. mm/vmscan.c, shrink_inactive_list()
 */
export const swapOut: Procedure<Context, [number, number], boolean> = procedure(
  "shrink_inactive_list",
  function* (k, mm: number, address: number) {
    const entry = yield* ptepGet(mm, address);
    if (entry === null || "kind" in entry) return false;
    const page = { page: entry.page, gen: entry.gen };
    if (!(yield* folioTryGet(page))) return false;
    const done = yield* shrinkFolio(k, mm, address, page);
    yield* putPage(page);
    return done;
  },
);

/**
 * shrink_folio_list of a folio that the caller has isolated, and of which one PTE is mapped here: whether it is in swap
 * now. Who has it locked is not waited for. mm/vmscan.c
 */
export const shrinkFolio: Procedure<Context, [number, number, PagePtr], boolean> = procedure(
  "shrink_folio_list",
  function* (k, mm: number, address: number, page: PagePtr) {
    if (!(yield* mutexTrylock(folioLock(page)))) return false;
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
 * A fault on a PTE that names a swap slot. Where another has the folio locked, the first attempt drops its lock, waits
 * and comes again; the second waits with mmap_lock held. The slot is given back once the PTE maps the folio, as in 7.0;
 * up to 6.18 right before, under the same locks. The folio is unlocked first, then the page table. A write to what
 * others have a right to goes on as one to a page that may only be read. mm/memory.c, do_swap_page(); mm/filemap.c,
 * __folio_lock_or_retry()
 */
export const doSwapPage: Procedure<Context, [VmFault, number, FaultLock], VmFaultResult> = procedure(
  "do_swap_page",
  function* (k, fault: VmFault, slot: number, under: FaultLock) {
    const { mm, vma, address, write } = fault;
    const cached = yield* swapCacheGetFolio(slot);
    const fresh = cached === null ? yield* tryAllocPage(k) : null;
    const page = fresh === null ? cached : yield* readSwapCacheAsync(slot, fresh);
    if (page === null) return yield* withoutFolio(k, fault, slot);
    if (!(yield* folioLockOrRetry(k, fault, page, under))) {
      yield* putPage(page);
      return "retry";
    }
    let installed: false | "alone" | "shared" = false;
    if ((yield* folioMatchesSwapEntry(page, slot)) && (yield* pteOffsetMapLock(mm, address))) {
      installed = yield* swapinInstall(vma, address, page, slot, write);
      if (installed !== false) {
        yield* folioFreeSwap(page, slot);
        yield* mutexUnlock(folioLock(page));
      }
      yield* pteUnmapUnlock(mm, address);
    }
    if (installed !== false) return write && installed === "shared" ? yield* doWpPage(k, fault, under) : "ok";
    yield* mutexUnlock(folioLock(page));
    yield* putPage(page);
    return "ok";
  },
);

/** No folio is to be had: for want of memory, unless another has brought the page back meanwhile. mm/memory.c */
const withoutFolio: Procedure<Context, [VmFault, number], VmFaultResult> = procedure(
  "do_swap_page_no_folio",
  function* (_k, { mm, address }: VmFault, slot: number) {
    if (!(yield* pteOffsetMapLock(mm, address))) return "ok";
    const entry = yield* ptepGet(mm, address);
    yield* pteUnmapUnlock(mm, address);
    return entry !== null && "kind" in entry && entry.kind === "swap" && entry.slot === slot ? "OOM" : "ok";
  },
);

/** Whether the folio is locked now; else the fault's lock is not held any more. */
const folioLockOrRetry: Procedure<Context, [VmFault, PagePtr, FaultLock], boolean> = procedure(
  "__folio_lock_or_retry",
  function* (k, fault: VmFault, page: PagePtr, under: FaultLock) {
    if (yield* mutexTrylock(folioLock(page))) return true;
    if (under === "mmap-tried") {
      yield* mutexLock(folioLock(page));
      return true;
    }
    yield* releaseFaultLock(k, fault, under);
    yield* folioWaitLocked(page);
    return false;
  },
);

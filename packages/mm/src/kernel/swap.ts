import { folioWaitLocked } from "../events/fault-wait-steps.ts";
import { mutexLock, mutexTrylock, mutexUnlock } from "../events/lock-steps.ts";
import { folioLock, folioMapping } from "../events/migrate-steps.ts";
import { putPage } from "../events/page-steps.ts";
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
import type { PagePtr } from "../objects/page.ts";
import type { Context, VmFault } from "./context.ts";
import { tryAllocPage } from "./failure.ts";
import { type FaultLock, releaseFaultLock, type VmFaultResult } from "./fault-lock.ts";
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
 * A fault on a PTE that names a swap slot. Where another has the folio locked, the first attempt drops its lock, waits
 * and comes again; the second waits with mmap_lock held. mm/memory.c, do_swap_page(); mm/filemap.c,
 * __folio_lock_or_retry()
 */
export const doSwapPage: Procedure<Context, [VmFault, number, FaultLock], VmFaultResult> = procedure(
  "do_swap_page",
  function* (k, fault: VmFault, slot: number, under: FaultLock) {
    const { mm, vma, address, write } = fault;
    const cached = yield* swapCacheGetFolio(slot);
    const fresh = cached === null ? yield* tryAllocPage(k) : null;
    if (cached === null && fresh === null) return "OOM";
    const page = cached ?? (yield* readSwapCacheAsync(slot, fresh!));
    if (!(yield* folioLockOrRetry(k, fault, page, under))) {
      yield* putPage(page);
      return "retry";
    }
    let installed = false;
    if (yield* folioMatchesSwapEntry(page, slot)) {
      const there = yield* pteOffsetMapLock(mm, address);
      installed = there && (yield* swapinInstall(vma, address, page, slot, write));
      if (there) yield* pteUnmapUnlock(mm, address);
    }
    yield* mutexUnlock(folioLock(page));
    if (!installed) yield* putPage(page);
    return "ok";
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

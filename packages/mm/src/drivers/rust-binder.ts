import { vmaDriver } from "../events/driver-steps.ts";
import { readVmFlags } from "../events/driver-steps.ts";
import { mutexLock, mutexTrylock, mutexUnlock, spinLock, spinTrylock, spinUnlock } from "../events/lock-steps.ts";
import { listLruDel, listLruIsolate, listLruPeek, doShrinkSlab, shrinkSlabEnd } from "../events/lru-steps.ts";
import { mmgetNotZero, mmputAsync } from "../events/mm-steps.ts";
import { mmapReadTrylock, mmapReadUnlock } from "../events/mmap-lock-steps.ts";
import { allocPage, putPage } from "../events/page-steps.ts";
import { vmaLookup } from "../events/vma-steps.ts";
import type { Context } from "../kernel/context.ts";
import { mmapReadLock } from "../kernel/mmap-lock.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { vmInsertPage } from "../kernel/vm-insert-page.ts";
import { zapPageRangeSingle } from "../kernel/zap.ts";
import { PAGE_SIZE } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import { LRU } from "../objects/lru.ts";
import type { PagePtr } from "../objects/page.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { addressOf, type BinderHandle, driverOf } from "./binder-handle.ts";
import { BINDER_LRU, binderGetInstalledPage, binderSetInstalledPage, binderTakePage } from "./binder-state.ts";

/** What differs between generations of the Rust driver, drivers/android/binder/page_range.rs. */
export type RustBinderGeneration = {
  /** Whether vm_ops and vm_private_data are compared before a VMA found by address is used (CVE-2026-43434). */
  readonly checkVma: boolean;
};

export const rustBinderGenerations: Readonly<Record<"6.18.0" | "6.18.19", RustBinderGeneration>> = {
  "6.18.0": { checkVma: false },
  "6.18.19": { checkVma: true },
};

/** use_page_slow: the sender puts a page into the receiver's buffer: 0 or an errno. */
export const rustUsePageSlow: Procedure<Context, [BinderHandle, RustBinderGeneration, number], number> = procedure(
  "use_page_slow",
  function* (k, binder: BinderHandle, gen: RustBinderGeneration, index: number) {
    const page = yield* allocPage();
    yield* mutexLock(mmLock(binder));
    const error = yield* usePageLocked(k, binder, gen, index, page);
    yield* mutexUnlock(mmLock(binder));
    return error;
  },
);

const usePageLocked: Procedure<Context, [BinderHandle, RustBinderGeneration, number, PagePtr], number> = procedure(
  "use_page_slow_locked",
  function* (k, binder: BinderHandle, gen: RustBinderGeneration, index: number, page: PagePtr) {
    const { alloc, mm } = binder;
    yield* spinLock(rangeLock(binder));
    const present = (yield* binderGetInstalledPage(alloc, index)) !== null;
    if (present) yield* listLruDel(BINDER_LRU, { alloc, index });
    yield* spinUnlock(rangeLock(binder));
    if (present) {
      yield* putPage(page);
      return 0;
    }
    if (!(yield* mmgetNotZero(mm))) {
      yield* putPage(page);
      return ERRNO.ESRCH;
    }
    yield* mmapReadLock(k, mm);
    const vma = yield* findVma(k, binder, gen);
    const usable = vma !== null && ((yield* readVmFlags(vma)) & VM.MIXEDMAP) !== 0;
    let error: number = ERRNO.ESRCH;
    if (usable) error = yield* vmInsertPage(k, mm, vma, addressOf(binder, index), page, driverOf(binder));
    yield* mmapReadUnlock(mm);
    yield* mmputAsync(mm);
    if (error !== 0) {
      yield* putPage(page);
      return error;
    }
    yield* spinLock(rangeLock(binder));
    yield* binderSetInstalledPage(alloc, index, page);
    yield* spinUnlock(rangeLock(binder));
    return 0;
  },
);

/** vma_lookup(vma_addr), and whether the VMA is the driver's own, where the generation asks. */
const findVma: Procedure<Context, [BinderHandle, RustBinderGeneration], VmaPtr | null> = procedure(
  "check_vma",
  function* (_k, binder: BinderHandle, gen: RustBinderGeneration) {
    const vma = yield* vmaLookup(binder.mm, binder.start);
    if (vma === null || !gen.checkVma) return vma;
    const found = yield* vmaDriver(vma);
    const own = driverOf(binder);
    return found !== null && found.ops === own?.ops && found.owner === own.owner ? vma : null;
  },
);

/** rust_shrink_free_page: the shrinker's callback for one page, under the lru lock. An enum lru_status. */
export const rustFreePage: Procedure<Context, [BinderHandle, RustBinderGeneration, number], number> = procedure(
  "rust_shrink_free_page",
  function* (k, binder: BinderHandle, gen: RustBinderGeneration, index: number) {
    const { alloc, mm } = binder;
    if (!(yield* mmgetNotZero(mm))) return LRU.SKIP;
    if (!(yield* tryLocks(k, binder))) {
      yield* mmputAsync(mm);
      return LRU.SKIP;
    }
    yield* listLruIsolate(BINDER_LRU, { alloc, index });
    const page = yield* binderTakePage(alloc, index);
    yield* spinUnlock(rangeLock(binder));
    yield* spinUnlock(BINDER_LRU);
    const vma = yield* findVma(k, binder, gen);
    if (vma !== null) yield* zapPageRangeSingle(k, mm, vma, addressOf(binder, index), PAGE_SIZE, driverOf(binder));
    yield* mmapReadUnlock(mm);
    yield* mutexUnlock(mmLock(binder));
    yield* mmputAsync(mm);
    if (page !== null) yield* putPage(page);
    yield* spinLock(BINDER_LRU);
    return LRU.REMOVED_RETRY;
  },
);

/** The three locks that a reclaimer may only try; false with none held. */
const tryLocks: Procedure<Context, [BinderHandle], boolean> = procedure(
  "rust_shrink_trylocks",
  function* (_k, binder: BinderHandle) {
    if (!(yield* mutexTrylock(mmLock(binder)))) return false;
    if (yield* mmapReadTrylock(binder.mm)) {
      if (yield* spinTrylock(rangeLock(binder))) return true;
      yield* mmapReadUnlock(binder.mm);
    }
    yield* mutexUnlock(mmLock(binder));
    return false;
  },
);

/** A shrinker pass over the first page of the lru. Returns how many pages it freed. */
export const rustShrinkScan: Procedure<Context, [BinderHandle, RustBinderGeneration], number> = procedure(
  "rust_shrink_scan",
  function* (k, binder: BinderHandle, gen: RustBinderGeneration) {
    yield* doShrinkSlab();
    yield* spinLock(BINDER_LRU);
    const item = yield* listLruPeek(BINDER_LRU, 0);
    const status = item === null ? LRU.SKIP : yield* rustFreePage(k, binder, gen, item.index);
    yield* spinUnlock(BINDER_LRU);
    return yield* shrinkSlabEnd(status === LRU.REMOVED_RETRY ? 1 : 0);
  },
);

function mmLock({ alloc }: BinderHandle): string {
  return `mm_lock${alloc}`;
}

function rangeLock({ alloc }: BinderHandle): string {
  return `range${alloc}`;
}

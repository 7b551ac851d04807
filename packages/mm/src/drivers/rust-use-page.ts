import { spinLock, spinUnlock } from "../events/lock-steps.ts";
import { listLruAdd, listLruDel } from "../events/lru-steps.ts";
import { mmgetNotZero, mmputAsync } from "../events/mm-steps.ts";
import { mmapReadUnlock } from "../events/mmap-lock-steps.ts";
import { putPage } from "../events/page-steps.ts";
import { vmaLookup } from "../events/vma-steps.ts";
import { lockVmaUnderRcu, vmaEndRead } from "../kernel/vma-lock.ts";
import type { Context } from "../kernel/context.ts";
import { tryAllocPage } from "../kernel/failure.ts";
import { mmapReadLock } from "../kernel/mmap-lock.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { vmInsertPage } from "../kernel/vm-insert-page.ts";
import { ERRNO } from "../objects/errno.ts";
import type { PagePtr } from "../objects/page.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { addressOf, type BinderHandle, driverOf } from "./binder-handle.ts";
import { BINDER_LRU, binderGetInstalledPage, binderSetInstalledPage } from "./binder-state.ts";
import type { RustBinderGeneration } from "./rust-generation.ts";
import { lockRange, unlockRange } from "./rust-range.ts";
import { rangeLock } from "./rust-range-state.ts";
import { asMixedmapVma, checkVma } from "./rust-vma.ts";

/**
 * use_range: the sender makes pages [first, first + count) of the receiver's buffer usable. A page that is there leaves
 * the lru under the spinlock alone. 0 or an errno, and then none is in use.
 */
export const rustUseRange: Procedure<Context, [BinderHandle, RustBinderGeneration, number, number], number> = procedure(
  "use_range",
  function* (k, binder: BinderHandle, gen: RustBinderGeneration, first: number, count: number) {
    for (let index = first; index < first + count; index++) {
      if (yield* usePresent(k, binder, index)) continue;
      const error = yield* rustUsePageSlow(k, binder, gen, index);
      if (error === 0) continue;
      yield* rustStopUsingRange(k, binder, first, index - first);
      return error;
    }
    return 0;
  },
);

/** stop_using_range: pages that nobody uses any more go to the lru. */
export const rustStopUsingRange: Procedure<Context, [BinderHandle, number, number], null> = procedure(
  "stop_using_range",
  function* (_k, { alloc }: BinderHandle, first: number, count: number) {
    if (count === 0) return null;
    yield* spinLock(rangeLock(alloc));
    for (let index = first + count - 1; index >= first; index--) {
      const page = yield* binderGetInstalledPage(alloc, index);
      if (page !== null) yield* listLruAdd(BINDER_LRU, { alloc, index });
    }
    yield* spinUnlock(rangeLock(alloc));
    return null;
  },
);

/** Whether the page is there; then it leaves the lru. */
const usePresent: Procedure<Context, [BinderHandle, number], boolean> = procedure(
  "use_page_present",
  function* (_k, { alloc }: BinderHandle, index: number) {
    yield* spinLock(rangeLock(alloc));
    const present = (yield* binderGetInstalledPage(alloc, index)) !== null;
    if (present) yield* listLruDel(BINDER_LRU, { alloc, index });
    yield* spinUnlock(rangeLock(alloc));
    return present;
  },
);

/** use_page_slow: the sender puts a page into the receiver's buffer: 0 or an errno. */
export const rustUsePageSlow: Procedure<Context, [BinderHandle, RustBinderGeneration, number], number> = procedure(
  "use_page_slow",
  function* (k, binder: BinderHandle, gen: RustBinderGeneration, index: number) {
    const page = yield* tryAllocPage(k);
    if (page === null) return ERRNO.ENOMEM;
    yield* lockRange(binder, gen);
    const error = yield* usePageLocked(k, binder, gen, index, page);
    yield* unlockRange(k, binder, gen);
    return error;
  },
);

const usePageLocked: Procedure<Context, [BinderHandle, RustBinderGeneration, number, PagePtr], number> = procedure(
  "use_page_slow_locked",
  function* (k, binder: BinderHandle, gen: RustBinderGeneration, index: number, page: PagePtr) {
    const { alloc, mm } = binder;
    if (yield* usePresent(k, binder, index)) {
      yield* putPage(page);
      return 0;
    }
    if (!(yield* mmgetNotZero(mm))) {
      yield* putPage(page);
      return ERRNO.ESRCH;
    }
    const error = yield* insertUnderLock(k, binder, gen, index, page);
    yield* mmputAsync(mm);
    if (error !== 0) {
      yield* putPage(page);
      return error;
    }
    yield* spinLock(rangeLock(alloc));
    yield* binderSetInstalledPage(alloc, index, page);
    yield* spinUnlock(rangeLock(alloc));
    return 0;
  },
);

/** Finds the VMA at the start of the region and inserts, under the VMA lock or mmap_lock. 0 or an errno. */
const insertUnderLock: Procedure<Context, [BinderHandle, RustBinderGeneration, number, PagePtr], number> = procedure(
  "use_page_slow_insert",
  function* (k, binder: BinderHandle, gen: RustBinderGeneration, index: number, page: PagePtr) {
    const { mm, start } = binder;
    const locked = gen.installLock === "vma" ? yield* lockVmaUnderRcu(k, mm, start) : null;
    if (locked !== null) {
      const error = yield* insertInto(k, binder, gen, index, page, locked);
      yield* vmaEndRead(k, locked);
      return error;
    }
    yield* mmapReadLock(k, mm);
    const vma = yield* vmaLookup(mm, start);
    const error = vma === null ? ERRNO.ESRCH : yield* insertInto(k, binder, gen, index, page, vma);
    yield* mmapReadUnlock(mm);
    return error;
  },
);

const insertInto: Procedure<Context, [BinderHandle, RustBinderGeneration, number, PagePtr, VmaPtr], number> = procedure(
  "use_page_slow_insert_into",
  function* (k, binder: BinderHandle, gen: RustBinderGeneration, index: number, page: PagePtr, vma: VmaPtr) {
    const usable = (yield* checkVma(k, binder, gen, vma)) && (yield* asMixedmapVma(k, vma));
    if (!usable) return ERRNO.ESRCH;
    return yield* vmInsertPage(k, binder.mm, vma, addressOf(binder, index), page, driverOf(binder, index));
  },
);

import { mmputAsync, mmgetNotZero } from "../events/mm-steps.ts";
import { mmapReadUnlock, mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import { putPage } from "../events/page-steps.ts";
import { followPagePte, pteOffsetMapLock, pteUnmapUnlock } from "../events/pte-steps.ts";
import { listLruAdd, listLruDel } from "../events/lru-steps.ts";
import { mutexLock, mutexUnlock, spinLock, spinUnlock } from "../events/lock-steps.ts";
import { vmaLookup } from "../events/vma-steps.ts";
import { ERRNO } from "../objects/errno.ts";
import type { PagePtr } from "../objects/page.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "../kernel/context.ts";
import { tryAllocPage } from "../kernel/failure.ts";
import { mmapReadLock, mmapWriteLock } from "../kernel/mmap-lock.ts";
import { mmput } from "../kernel/mmput.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { vmInsertPage } from "../kernel/vm-insert-page.ts";
import type { BinderGeneration } from "./binder-generation.ts";
import { installUnderVma } from "./binder-install-vma.ts";
import { addressOf, type BinderHandle, driverOf } from "./binder-handle.ts";
import {
  allocLock,
  BINDER_LRU,
  binderAllocGetVma,
  binderAllocIsMapped,
  binderGetInstalledPage,
  binderPublishWinner,
  binderSetInstalledPage,
} from "./binder-state.ts";

/**
 * The sender makes sure that pages [first, first + count) of the receiver's buffer are there: 0 or an errno.
 * drivers/android/binder_alloc.c: binder_update_page_range() up to 6.7, binder_install_buffer_pages() after
 */
export const binderInstall: Procedure<Context, [BinderHandle, BinderGeneration, number, number], number> = procedure(
  "binder_install_buffer_pages",
  function* (k, binder: BinderHandle, gen: BinderGeneration, first: number, count: number) {
    if (gen.installUnit === "range") return yield* installRange(k, binder, gen, first, count);
    if (gen.installLock === "vma" && !(yield* binderAllocIsMapped(binder.alloc))) return ERRNO.ESRCH;
    yield* lruFreelistDel(k, binder, gen, first, count);
    for (let index = first; index < first + count; index++) {
      if ((yield* binderGetInstalledPage(binder.alloc, index)) !== null) continue;
      const error = yield* installOne(k, binder, gen, index);
      if (error !== 0) return error;
    }
    return 0;
  },
);

/** binder_lru_freelist_del: pages that are there leave the lru. */
const lruFreelistDel: Procedure<Context, [BinderHandle, BinderGeneration, number, number], null> = procedure(
  "binder_lru_freelist_del",
  function* (_k, { alloc }: BinderHandle, { allocLock: kind }: BinderGeneration, first: number, count: number) {
    yield* kind === "spin" ? spinLock(allocLock(alloc)) : mutexLock(allocLock(alloc));
    for (let index = first; index < first + count; index++) {
      if ((yield* binderGetInstalledPage(alloc, index)) !== null) yield* listLruDel(BINDER_LRU, { alloc, index });
    }
    yield* kind === "spin" ? spinUnlock(allocLock(alloc)) : mutexUnlock(allocLock(alloc));
    return null;
  },
);

/** binder_free_buf: pages of a buffer that nobody uses any more go to the lru. */
export const binderFreeBuf: Procedure<Context, [BinderHandle, BinderGeneration, number, number], null> = procedure(
  "binder_lru_freelist_add",
  function* (_k, { alloc }: BinderHandle, gen: BinderGeneration, first: number, count: number) {
    const { allocLock: kind } = gen;
    yield* kind === "spin" ? spinLock(allocLock(alloc)) : mutexLock(allocLock(alloc));
    for (let i = 0; i < count; i++) {
      const index = gen.freeOrder === "up" ? first + i : first + count - 1 - i;
      yield* listLruAdd(BINDER_LRU, { alloc, index });
    }
    yield* kind === "spin" ? spinUnlock(allocLock(alloc)) : mutexUnlock(allocLock(alloc));
    return null;
  },
);

/** binder_update_page_range: one mmap_lock for all missing pages, alloc->mutex held throughout. */
const installRange: Procedure<Context, [BinderHandle, BinderGeneration, number, number], number> = procedure(
  "binder_update_page_range",
  function* (k, binder: BinderHandle, gen: BinderGeneration, first: number, count: number) {
    yield* mutexLock(allocLock(binder.alloc));
    const missing: number[] = [];
    for (let index = first; index < first + count; index++) {
      if ((yield* binderGetInstalledPage(binder.alloc, index)) === null) missing.push(index);
    }
    const error = yield* withVma(k, binder, gen, first, count, missing.length > 0);
    yield* mutexUnlock(allocLock(binder.alloc));
    return error;
  },
);

const withVma: Procedure<Context, [BinderHandle, BinderGeneration, number, number, boolean], number> = procedure(
  "binder_update_pages",
  function* (k, binder: BinderHandle, gen: BinderGeneration, first: number, count: number, needsMm: boolean) {
    if (needsMm && !(yield* mmgetNotZero(binder.mm))) return ERRNO.ESRCH;
    const vma = needsMm ? yield* lockAndFind(k, binder, gen, first) : null;
    let error = needsMm && vma === null ? ERRNO.ESRCH : 0;
    for (let index = first; index < first + count && error === 0; index++) {
      if ((yield* binderGetInstalledPage(binder.alloc, index)) !== null) {
        yield* listLruDel(BINDER_LRU, { alloc: binder.alloc, index });
      } else if (vma !== null) {
        const page = yield* tryAllocPage(k);
        error = page === null ? ERRNO.ENOMEM : yield* insert(k, binder, gen, index, vma, page);
      }
    }
    if (needsMm) yield* unlockAndPut(k, binder, gen);
    return error;
  },
);

/** binder_install_single_page. */
const installOne: Procedure<Context, [BinderHandle, BinderGeneration, number], number> = procedure(
  "binder_install_single_page",
  function* (k, binder: BinderHandle, gen: BinderGeneration, index: number) {
    if (!(yield* mmgetNotZero(binder.mm))) return ERRNO.ESRCH;
    const page = yield* tryAllocPage(k);
    if (page === null) {
      yield* putMm(k, binder, gen);
      return ERRNO.ENOMEM;
    }
    if (gen.installLock === "vma") return yield* installUnderVma(k, binder, gen, index, page);
    const vma = yield* lockAndFind(k, binder, gen, index);
    let error: number = ERRNO.ESRCH;
    if (vma === null) yield* putPage(page);
    else error = yield* insert(k, binder, gen, index, vma, page);
    yield* unlockAndPut(k, binder, gen);
    return error;
  },
);

/** Takes mmap_lock and finds the VMA, null when there is none (any more). */
const lockAndFind: Procedure<Context, [BinderHandle, BinderGeneration, number], VmaPtr | null> = procedure(
  "binder_lock_vma",
  function* (k, binder: BinderHandle, gen: BinderGeneration, index: number) {
    if (gen.installLock === "write") yield* mmapWriteLock(k, binder.mm);
    else yield* mmapReadLock(k, binder.mm);
    if (gen.installVma === "stash") return yield* binderAllocGetVma(binder.alloc);
    if (gen.installVma === "lookup-start") {
      return (yield* binderAllocIsMapped(binder.alloc)) ? yield* vmaLookup(binder.mm, binder.start) : null;
    }
    const vma = yield* vmaLookup(binder.mm, addressOf(binder, index));
    return vma !== null && (yield* binderAllocIsMapped(binder.alloc)) ? vma : null;
  },
);

const unlockAndPut: Procedure<Context, [BinderHandle, BinderGeneration], null> = procedure(
  "binder_unlock_vma",
  function* (k, binder: BinderHandle, gen: BinderGeneration) {
    if (gen.installLock === "write") yield* mmapWriteUnlock(binder.mm);
    else yield* mmapReadUnlock(binder.mm);
    return yield* putMm(k, binder, gen);
  },
);

const putMm: Procedure<Context, [BinderHandle, BinderGeneration], null> = procedure(
  "binder_put_mm",
  function* (k, { mm }: BinderHandle, gen: BinderGeneration) {
    return gen.put === "mmput_async" ? yield* mmputAsync(mm) : yield* mmput(k, mm);
  },
);

/** Inserts the page and publishes it in the slot. */
const insert: Procedure<Context, [BinderHandle, BinderGeneration, number, VmaPtr, PagePtr], number> = procedure(
  "binder_insert_page",
  function* (k, binder: BinderHandle, gen: BinderGeneration, index: number, vma: VmaPtr, page: PagePtr) {
    const { alloc, mm } = binder;
    const address = addressOf(binder, index);
    const error = yield* vmInsertPage(k, mm, vma, address, page, driverOf(binder, index));
    if (error === 0 || (error === ERRNO.EBUSY && gen.installBusy === "publish-own")) {
      yield* binderSetInstalledPage(alloc, index, page);
      return 0;
    }
    yield* putPage(page);
    if (error !== ERRNO.EBUSY || gen.installBusy === "fail") return error;
    const there = yield* pteOffsetMapLock(mm, address);
    const winner = there ? yield* followPagePte(vma, address) : null;
    if (there) yield* pteUnmapUnlock(mm, address);
    if (winner === null) return ERRNO.ESRCH;
    yield* binderPublishWinner(alloc, index, winner);
    if (gen.installBusy === "lookup-put") yield* putPage(winner);
    return 0;
  },
);

import { mmputAsync } from "../events/mm-steps.ts";
import { mmapReadUnlock } from "../events/mmap-lock-steps.ts";
import { putPage } from "../events/page-steps.ts";
import { followPagePte, pteOffsetMapLock, pteUnmapUnlock } from "../events/pte-steps.ts";
import { vmaLookup } from "../events/vma-steps.ts";
import { lockVmaUnderRcu, vmaEndRead } from "../kernel/vma-lock.ts";
import type { Context } from "../kernel/context.ts";
import { mmapReadLock } from "../kernel/mmap-lock.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { vmInsertPage } from "../kernel/vm-insert-page.ts";
import { ERRNO } from "../objects/errno.ts";
import type { PagePtr } from "../objects/page.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { BinderGeneration } from "./binder-generation.ts";
import { addressOf, type BinderHandle, driverOf } from "./binder-handle.ts";
import { binderAllocIsMapped, binderPublishWinner, binderSetInstalledPage } from "./binder-state.ts";

/**
 * The rest of binder_install_single_page from 6.14 on, with a reference on the address space and a page in hand: the
 * VMA lock first, and nothing held when the page is published. Puts the reference. 0 or an errno.
 */
export const installUnderVma: Procedure<Context, [BinderHandle, BinderGeneration, number, PagePtr], number> = procedure(
  "binder_install_single_page_vma",
  function* (k, binder: BinderHandle, gen: BinderGeneration, index: number, page: PagePtr) {
    const error = yield* publish(k, binder, gen, index, page, yield* binderPageInsert(k, binder, index, page));
    yield* mmputAsync(binder.mm);
    return error;
  },
);

/** binder_page_insert: under the VMA lock, or mmap_lock where that could not be had. 0 or an errno. */
const binderPageInsert: Procedure<Context, [BinderHandle, number, PagePtr], number> = procedure(
  "binder_page_insert",
  function* (k, binder: BinderHandle, index: number, page: PagePtr) {
    const { mm } = binder;
    const locked = yield* lockVmaUnderRcu(k, mm, addressOf(binder, index));
    if (locked !== null) {
      const error = yield* insertIfMapped(k, binder, index, locked, page);
      yield* vmaEndRead(k, locked);
      return error;
    }
    yield* mmapReadLock(k, mm);
    const vma = yield* vmaLookup(mm, addressOf(binder, index));
    const error = vma === null ? ERRNO.ESRCH : yield* insertIfMapped(k, binder, index, vma, page);
    yield* mmapReadUnlock(mm);
    return error;
  },
);

/** A buffer is mapped once in its life: while `mapped` is set, the VMA at its address is its own. */
const insertIfMapped: Procedure<Context, [BinderHandle, number, VmaPtr, PagePtr], number> = procedure(
  "binder_page_insert_mapped",
  function* (k, binder: BinderHandle, index: number, vma: VmaPtr, page: PagePtr) {
    if (!(yield* binderAllocIsMapped(binder.alloc))) return ERRNO.ESRCH;
    return yield* vmInsertPage(k, binder.mm, vma, addressOf(binder, index), page, driverOf(binder, index));
  },
);

/** What becomes of the page: into the slot, or back; after -EBUSY the winner's goes into the slot. */
const publish: Procedure<Context, [BinderHandle, BinderGeneration, number, PagePtr, number], number> = procedure(
  "binder_publish_page",
  function* (k, binder: BinderHandle, gen: BinderGeneration, index: number, page: PagePtr, error: number) {
    if (error === 0 || (error === ERRNO.EBUSY && gen.installBusy === "publish-own")) {
      yield* binderSetInstalledPage(binder.alloc, index, page);
      return 0;
    }
    yield* putPage(page);
    if (error !== ERRNO.EBUSY || gen.installBusy === "fail") return error;
    const winner = yield* getUserPagesRemote(k, binder.mm, addressOf(binder, index));
    if (winner === null) return ERRNO.ESRCH;
    yield* binderPublishWinner(binder.alloc, index, winner);
    if (gen.installBusy === "lookup-put") yield* putPage(winner);
    return 0;
  },
);

/** get_user_pages_remote of one page with FOLL_NOFAULT: a reference on what is mapped there, or null. mm/gup.c */
const getUserPagesRemote: Procedure<Context, [number, number], PagePtr | null> = procedure(
  "get_user_pages_remote",
  function* (k, mm: number, address: number) {
    yield* mmapReadLock(k, mm);
    const vma = yield* vmaLookup(mm, address);
    let page: PagePtr | null = null;
    if (vma !== null && (yield* pteOffsetMapLock(mm, address))) {
      page = yield* followPagePte(vma, address);
      yield* pteUnmapUnlock(mm, address);
    }
    yield* mmapReadUnlock(mm);
    return page;
  },
);

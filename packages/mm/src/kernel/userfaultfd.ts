import { mutexLock, mutexUnlock } from "../events/lock-steps.ts";
import { mmgetNotZero } from "../events/mm-steps.ts";
import { mmapReadUnlock, mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import { putPage } from "../events/page-steps.ts";
import { ptepGet, pteAlloc, pteOffsetMapLock, pteUnmapUnlock, setPteAt } from "../events/pte-steps.ts";
import { moveSwapPte, swapCacheGetFolio } from "../events/swap-steps.ts";
import { mmapChanging } from "../events/uffd-event-steps.ts";
import { readUffdCtx, userfaultfdCheck, userfaultfdSetCtx } from "../events/uffd-steps.ts";
import { vmaArea, vmaLookup } from "../events/vma-steps.ts";
import { vmaView } from "../events/mprotect-steps.ts";
import { anonVmaPrepare, readAnonVma } from "../events/anon-vma-steps.ts";
import { vmaStartReadLocked } from "../events/vma-read-steps.ts";
import { lockVmaUnderRcu, vmaEndRead, vmaStartWrite } from "./vma-lock.ts";
import { mergeRule, vmaMergeExisting } from "./vma-split.ts";
import { pageAlign, TABLE_SPAN } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import { folioLock, type PagePtr } from "../objects/page.ts";
import { VM } from "../objects/vm-flags.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { UffdMode } from "../objects/uffd.ts";
import type { Steps } from "../events/step.ts";
import type { Context } from "./context.ts";
import { stillValid } from "./coredump.ts";
import { tryAllocPage, tryPteAlloc } from "./failure.ts";
import { mmapReadLock, mmapWriteLock } from "./mmap-lock.ts";
import { mmput } from "./mmput.ts";
import { vmaNext } from "./mprotect.ts";
import { cutOut } from "./munmap.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { vmfAnonPrepare } from "./vmf-anon-prepare.ts";

/**
 * UFFDIO_REGISTER: 0 or an errno. VMAs are split at the edges of the range, and those that are alike then become one. The
 * context keeps the struct of the mm only. fs/userfaultfd.c
 * @param ctx number of the context
 */
export const userfaultfdRegister: Procedure<Context, [number, number, number, number, UffdMode], number> = procedure(
  "userfaultfd_register",
  function* (k, mm: number, start: number, length: number, ctx: number, mode: UffdMode) {
    if (!(yield* mmgetNotZero(mm))) return ERRNO.ENOMEM;
    const end = start + pageAlign(length);
    yield* mmapWriteLock(k, mm);
    let error: number = ERRNO.ENOMEM;
    if (yield* stillValid(k, mm, "uffd")) error = yield* userfaultfdCheck(mm, start, end, ctx, mode);
    if (error === 0) error = yield* setCtx(k, mm, start, end, ctx, mode);
    yield* mmapWriteUnlock(mm);
    yield* mmput(k, mm);
    return error;
  },
);

/** UFFDIO_UNREGISTER: faults of these VMAs are the kernel's own again. 0 or an errno. */
export const userfaultfdUnregister: Procedure<Context, [number, number, number], number> = procedure(
  "userfaultfd_unregister",
  function* (k, mm: number, start: number, length: number) {
    if (!(yield* mmgetNotZero(mm))) return ERRNO.ENOMEM;
    yield* mmapWriteLock(k, mm);
    let error: number = ERRNO.ENOMEM;
    if (yield* stillValid(k, mm, "uffd")) {
      error = yield* setCtx(k, mm, start, start + pageAlign(length), null, "missing");
    }
    yield* mmapWriteUnlock(mm);
    yield* mmput(k, mm);
    return error;
  },
);

/** vma_modify_flags_uffd and the store of the context, VMA by VMA. 0 or an errno. mm/userfaultfd.c */
const setCtx: Procedure<Context, [number, number, number, number | null, UffdMode], number> = procedure(
  "userfaultfd_register_range",
  function* (k, mm: number, start: number, end: number, ctx: number | null, mode: UffdMode) {
    let at = start;
    for (let vma = yield* vmaNext(mm, at, end); vma !== null; vma = yield* vmaNext(mm, at, end)) {
      const area = yield* vmaArea(vma);
      const from = Math.max(at, area.start);
      at = Math.min(end, area.end);
      const inside = yield* cutOut(k, vma, from, at);
      if (typeof inside === "number") return inside;
      if (k.knobs.vmaLock !== "none") yield* vmaStartWrite(k, inside);
      yield* userfaultfdSetCtx(inside, ctx, mode);
      const view = yield* vmaView(inside);
      yield* vmaMergeExisting(k, inside, view, { ...view, self: inside, rule: mergeRule(k, false) });
    }
    return 0;
  },
);

/** UFFDIO_COPY of one page: 0, -EEXIST where something is mapped, or another errno. mm/userfaultfd.c, mfill_atomic() */
export const uffdioCopy: Procedure<Context, [number, number], number> = procedure(
  "mfill_atomic_copy",
  function* (k, mm: number, address: number) {
    if (!(yield* mmgetNotZero(mm))) return ERRNO.ESRCH;
    const page = yield* tryAllocPage(k);
    if (page === null) {
      yield* mmput(k, mm);
      return ERRNO.ENOMEM;
    }
    const vma = k.knobs.uffdLock === "vma" ? yield* uffdLockVma(k, mm, address) : yield* uffdLockMmap(k, mm, address);
    let error: number = ERRNO.ENOENT;
    if (vma !== null) error = yield* copyInto(k, mm, vma, address, page);
    if (k.knobs.uffdLock === "mmap") yield* mmapReadUnlock(mm);
    else if (vma !== null) yield* vmaEndRead(k, vma);
    if (error !== 0) yield* putPage(page);
    yield* mmput(k, mm);
    return error;
  },
);

/** The VMA under mmap_read_lock, which is held also where there is none. mm/userfaultfd.c before 6.9 */
const uffdLockMmap: Procedure<Context, [number, number], VmaPtr | null> = procedure(
  "uffd_mfill_lock",
  function* (k, mm: number, address: number) {
    yield* mmapReadLock(k, mm);
    return yield* vmaLookup(mm, address);
  },
);

/**
 * uffd_lock_vma: the VMA under its own read lock, or null. A private VMA must have its anon_vma, for which neighbours are
 * looked at: under mmap_lock, which is let go of again once the VMA's lock is held. mm/userfaultfd.c, lock_vma()
 */
const uffdLockVma: Procedure<Context, [number, number], VmaPtr | null> = procedure(
  "uffd_lock_vma",
  function* (k, mm: number, address: number) {
    const fast = yield* lockVmaUnderRcu(k, mm, address);
    if (fast !== null) {
      const { flags } = yield* vmaView(fast);
      if ((flags & VM.SHARED) !== 0 || (yield* readAnonVma(fast)) !== null) return fast;
      yield* vmaEndRead(k, fast);
    }
    yield* mmapReadLock(k, mm);
    const vma = yield* vmaLookup(mm, address);
    let locked = false;
    if (vma !== null) {
      const { flags } = yield* vmaView(vma);
      if ((flags & VM.SHARED) === 0 && (yield* readAnonVma(vma)) === null) yield* anonVmaPrepare(vma);
      locked = yield* vmaStartReadLocked(vma);
    }
    yield* mmapReadUnlock(mm);
    return locked ? vma : null;
  },
);

const copyInto: Procedure<Context, [number, VmaPtr, number, PagePtr], number> = procedure(
  "mfill_atomic_pte_copy",
  function* (k, mm: number, vma: VmaPtr, address: number, page: PagePtr) {
    if ((yield* readUffdCtx(vma)) === null) return ERRNO.ENOENT;
    if (yield* mmapChanging(vma)) return ERRNO.EAGAIN;
    if (!(yield* tryPteAlloc(k, mm, address))) return ERRNO.ENOMEM;
    if (!(yield* pteOffsetMapLock(mm, address))) return ERRNO.EAGAIN;
    const installed = yield* setPteAt(vma, address, page, true);
    yield* pteUnmapUnlock(mm, address);
    return installed ? 0 : ERRNO.EEXIST;
  },
);

/**
 * UFFDIO_MOVE of one page that is swapped out: 0, -EAGAIN where it changed meanwhile, or another errno:
 * -EINVAL also in a kernel whose userfaultfd_ioctl() does not know it. Under
 * mmap_lock, as in the kernels that have it first; later ones try VMA locks. mm/userfaultfd.c, move_pages_pte()
 */
export const uffdioMove: Procedure<Context, [number, number, number], number> = procedure(
  "move_pages",
  function* (k, mm: number, to: number, from: number) {
    if (k.knobs.uffdMove === "none") return ERRNO.EINVAL;
    if (!(yield* mmgetNotZero(mm))) return ERRNO.ESRCH;
    yield* mmapReadLock(k, mm);
    const vma = yield* vmaLookup(mm, to);
    const registered = vma !== null && (yield* readUffdCtx(vma)) !== null;
    const error = registered ? yield* moveSwapped(k, mm, vma, to, from) : ERRNO.EINVAL;
    yield* mmapReadUnlock(mm);
    yield* mmput(k, mm);
    return error;
  },
);

const moveSwapped: Procedure<Context, [number, VmaPtr, number, number], number> = procedure(
  "move_pages_pte",
  function* (k, mm: number, vma: VmaPtr, to: number, from: number) {
    // What comes to be mapped there must be found by rmap there: validate_move_areas().
    if ((yield* vmfAnonPrepare(k, mm, vma, "mmap")) !== "ok") return ERRNO.ENOMEM;
    yield* pteAlloc(mm, to);
    const entry = yield* ptepGet(mm, from);
    if (entry === null) return ERRNO.ENOENT;
    if (!("kind" in entry) || entry.kind !== "swap") return ERRNO.EBUSY;
    const folio = yield* swapCacheGetFolio(entry.slot);
    if (folio !== null) yield* mutexLock(folioLock(folio));
    const moved = yield* underTableLocks(mm, to, from, () =>
      moveSwapPte(mm, to, from, entry.slot, folio, k.knobs.uffdMove === "checks-cache"),
    );
    if (folio !== null) {
      yield* mutexUnlock(folioLock(folio));
      yield* putPage(folio);
    }
    return moved ? 0 : ERRNO.EAGAIN;
  },
);

/** double_pt_lock: the lower table first. False where one of the tables has been taken away. mm/userfaultfd.c */
function* underTableLocks(mm: number, one: number, other: number, body: () => Steps<boolean>): Steps<boolean> {
  const [low, high] = [Math.min(one, other), Math.max(one, other)];
  const apart = Math.floor(low / TABLE_SPAN) !== Math.floor(high / TABLE_SPAN);
  if (!(yield* pteOffsetMapLock(mm, low))) return false;
  const both = !apart || (yield* pteOffsetMapLock(mm, high));
  const result = both && (yield* body());
  if (apart && both) yield* pteUnmapUnlock(mm, high);
  yield* pteUnmapUnlock(mm, low);
  return result;
}

import { mmapReadUnlock } from "../events/mmap-lock-steps.ts";
import { vmaView } from "../events/mprotect-steps.ts";
import type { Steps } from "../events/step.ts";
import { PAGE_SIZE, pageAlign } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import { VM } from "../objects/vm-flags.ts";
import type { Context } from "./context.ts";
import type { FaultLock } from "./fault-lock.ts";
import { handleMmFault } from "./fault.ts";
import { madviseWalk } from "./madvise.ts";
import { mmapReadLock } from "./mmap-lock.ts";
import { vmaNext } from "./mprotect.ts";
import { faultError } from "./populate.ts";
import { again, done, loop, type Procedure, procedure } from "./procedure.ts";

/**
 * madvise(MADV_POPULATE_READ) and (MADV_POPULATE_WRITE): every page of the range is faulted in. 0; -ENOMEM for a gap;
 * -EINVAL where the access is not allowed, or of page frames; -EFAULT for a signal. mm/madvise.c, madvise_populate()
 */
export const madvisePopulate: Procedure<Context, [number, number, number, boolean], number> = procedure(
  "madvise_populate",
  function* (k, mm: number, start: number, length: number, write: boolean) {
    const end = start + pageAlign(length);
    if (k.knobs.madviseUpTo !== "COLLAPSE") return ERRNO.EINVAL;
    if (start % 4096 !== 0 || length < 0 || start < 0) return ERRNO.EINVAL;
    yield* mmapReadLock(k, mm);
    const error =
      k.knobs.madvisePopulate === "by-page"
        ? yield* populateRange(k, mm, start, end, write)
        : yield* madviseWalk(k, mm, start, end, function* (vma) {
            const view = yield* vmaView(vma);
            return yield* populateRange(k, mm, Math.max(start, view.start), Math.min(end, view.end), write);
          });
    yield* mmapReadUnlock(mm);
    return error;
  },
);

function* populateRange(k: Context, mm: number, start: number, end: number, write: boolean): Steps<number> {
  for (let at = start; at < end; at += PAGE_SIZE) {
    const error = yield* populatePage(k, mm, at, write);
    if (error !== 0) return error;
  }
  return 0;
}

/** faultin_page_range of one page: comes back with mmap_read_lock held, whatever the fault did with it. mm/gup.c */
const populatePage: Procedure<Context, [number, number, boolean], number> = procedure(
  "faultin_page_range",
  function* (k, mm: number, at: number, write: boolean) {
    return yield* loop<FaultLock, number>("mmap", function* (under) {
      const vma = yield* vmaNext(mm, at, at + PAGE_SIZE);
      if (vma === null) return done<number>(ERRNO.ENOMEM);
      const { flags } = yield* vmaView(vma);
      const allowed = (flags & (write ? VM.WRITE : VM.READ)) !== 0 && (flags & (VM.IO | VM.PFNMAP)) === 0;
      if (!allowed) return done<number>(ERRNO.EINVAL);
      const result = yield* handleMmFault(k, mm, vma, at, write, under);
      if (result !== "retry") return done<number>(faultError(result));
      yield* mmapReadLock(k, mm);
      return again<FaultLock>("mmap-tried");
    });
  },
);

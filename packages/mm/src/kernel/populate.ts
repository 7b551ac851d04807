import { mmapReadUnlock } from "../events/mmap-lock-steps.ts";
import { type VmaView, vmaView } from "../events/mprotect-steps.ts";
import { ptepGet } from "../events/pte-steps.ts";
import type { Steps } from "../events/step.ts";
import { PAGE_SIZE } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import { presentPte } from "../objects/page.ts";
import { VM } from "../objects/vm-flags.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import type { FaultLock, VmFaultResult } from "./fault-lock.ts";
import { handleMmFault } from "./fault.ts";
import { mmapReadLock } from "./mmap-lock.ts";
import { vmaNext } from "./mprotect.ts";
import { again, done, loop, type Procedure, procedure } from "./procedure.ts";

const ACCESS = VM.READ | VM.WRITE | VM.EXEC;

/**
 * __mm_populate: every page of [start, end) is faulted in, for writing where private memory may be written, as far as
 * there are VMAs. 0; -EFAULT or -ENOMEM for a page that cannot be, unless `ignoreErrors`, which goes on with the next
 * VMA. mm/gup.c
 */
export const mmPopulate: Procedure<Context, [number, number, number, boolean], number> = procedure(
  "__mm_populate",
  function* (k, mm: number, start: number, end: number, ignoreErrors: boolean) {
    yield* mmapReadLock(k, mm);
    let error = 0;
    for (let at = start, vma = yield* vmaNext(mm, at, end); vma !== null && error === 0;) {
      const view = yield* vmaView(vma);
      const to = Math.min(end, view.end);
      if ((view.flags & (VM.IO | VM.PFNMAP)) === 0) {
        const failed = yield* populateVmaPageRange(k, mm, vma, Math.max(at, view.start), to);
        if (failed !== 0 && !ignoreErrors) error = failed;
      }
      at = to;
      vma = yield* vmaNext(mm, at, end);
    }
    yield* mmapReadUnlock(mm);
    return error;
  },
);

/** populate_vma_page_range: 0, or why a page of the VMA's part could not be faulted in. Under mmap_lock. mm/gup.c */
export const populateVmaPageRange: Procedure<Context, [number, VmaPtr, number, number], number> = procedure(
  "populate_vma_page_range",
  function* (k, mm: number, vma: VmaPtr, start: number, end: number) {
    const view = yield* vmaView(vma);
    const refused = checkVmaFlags(k, view);
    if (refused !== 0) return refused;
    const write = (view.flags & (VM.WRITE | VM.SHARED)) === VM.WRITE;
    for (let at = start; at < end; at += PAGE_SIZE) {
      const error = yield* populateOne(k, mm, at, write);
      if (error !== 0) return error;
    }
    return 0;
  },
);

/** check_vma_flags: what may not be accessed at all is left alone, else FOLL_FORCE gets in. mm/gup.c */
function checkVmaFlags(k: Context, { flags }: VmaView): number {
  if ((flags & ACCESS) === 0) return ERRNO.EFAULT;
  return k.knobs.pku && (flags & ACCESS) === VM.EXEC ? ERRNO.EFAULT : 0;
}

/** __get_user_pages of one page, which is mapped as wanted already, or faulted in. mm/gup.c */
function* populateOne(k: Context, mm: number, at: number, write: boolean): Steps<number> {
  const entry = yield* ptepGet(mm, at);
  const mapped = presentPte(entry);
  if (mapped !== null && (mapped.write || !write)) return 0;
  if (!write && entry !== null && "kind" in entry && entry.kind === "zero") return 0;
  return yield* faultinPage(k, mm, at, write);
}

const faultinPage: Procedure<Context, [number, number, boolean], number> = procedure(
  "faultin_page",
  function* (k, mm: number, at: number, write: boolean) {
    return yield* loop<FaultLock, number>("mmap", function* (under) {
      const vma = yield* vmaNext(mm, at, at + PAGE_SIZE);
      if (vma === null) return done<number>(ERRNO.ENOMEM);
      const result = yield* handleMmFault(k, mm, vma, at, write, under);
      if (result !== "retry") return done<number>(faultError(result));
      yield* mmapReadLock(k, mm);
      return again<FaultLock>("mmap-tried");
    });
  },
);

/** vm_fault_to_errno: 0 of a fault that went well. include/linux/mm.h */
export function faultError(result: Exclude<VmFaultResult, "retry">): number {
  if (result === "ok") return 0;
  if (result === "OOM") return ERRNO.ENOMEM;
  return result === "SIGKILL" ? ERRNO.EINTR : ERRNO.EFAULT;
}

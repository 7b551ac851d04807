import { mmFlagsSet, mmFlagsTest } from "../events/mm-flag-steps.ts";
import { mmapReadTrylock, mmapReadUnlock } from "../events/mmap-lock-steps.ts";
import { mmdrop, mmgrab } from "../events/mm-steps.ts";
import { tlbFinishFullmm, tlbFinishMmu } from "../events/tlb-steps.ts";
import { reapableVmas } from "../events/reap-steps.ts";
import { vmaArea } from "../events/vma-steps.ts";
import { ERRNO } from "../objects/errno.ts";
import type { Context } from "./context.ts";
import { mmapReadLockKillable } from "./mmap-lock.ts";
import { again, done, loop, type Procedure, procedure } from "./procedure.ts";
import { unmapPageRange } from "./zap.ts";

/** How often oom_reap_task tries again while it cannot have mmap_lock. */
const MAX_OOM_REAP_RETRIES = 10;

/**
 * The oom reaper: takes away the private memory of a victim whose struct alone it keeps (mmgrab by the caller), never
 * waiting for mmap_lock; gives up after some attempts. mm/oom_kill.c, oom_reap_task()
 */
export const oomReapTask: Procedure<Context, [number], null> = procedure("oom_reap_task", function* (k, mm: number) {
  yield* loop<number, null>(MAX_OOM_REAP_RETRIES, function* (left) {
    if (yield* oomReapTaskMm(k, mm)) return done();
    return left > 1 ? again(left - 1) : done();
  });
  yield* mmFlagsSet(mm, "oom_skip");
  return null;
});

/** oom_reap_task_mm: one attempt; whether there is nothing left to do. mm/oom_kill.c */
export const oomReapTaskMm: Procedure<Context, [number], boolean> = procedure(
  "oom_reap_task_mm",
  function* (k, mm: number) {
    if (!(yield* mmapReadTrylock(mm))) return false;
    if (!(yield* mmFlagsTest(mm, "oom_skip"))) yield* reap(k, mm);
    yield* mmapReadUnlock(mm);
    return true;
  },
);

/**
 * process_mrelease(2): the same on behalf of a user, waiting for mmap_lock. 0, -ESRCH where exit was faster, -EINTR, or
 * -ENOSYS in a kernel that has no such call.
 * @param mm one whose struct the caller's task reference keeps alive
 */
export const processMrelease: Procedure<Context, [number], number> = procedure(
  "process_mrelease",
  function* (k, mm: number) {
    if (k.knobs.processMrelease === "none") return ERRNO.ENOSYS;
    yield* mmgrab(mm);
    if (!(yield* mmapReadLockKillable(k, mm))) {
      yield* mmdrop(mm);
      return ERRNO.EINTR;
    }
    // Kernels that do not ask walk VMAs that exit_mmap has freed (H21).
    const gone = k.knobs.processMrelease === "checked" && (yield* mmFlagsTest(mm, "oom_skip"));
    if (!gone) yield* reap(k, mm);
    yield* mmapReadUnlock(mm);
    yield* mmdrop(mm);
    return gone ? ERRNO.ESRCH : 0;
  },
);

/** __oom_reap_task_mm: from here on faults must not bring private pages back. */
const reap: Procedure<Context, [number], null> = procedure("__oom_reap_task_mm", function* (k, mm: number) {
  yield* mmFlagsSet(mm, "unstable");
  for (const vma of yield* reapableVmas(mm)) {
    const { start, end } = yield* vmaArea(vma);
    yield* unmapPageRange(k, mm, start, end);
    if (k.knobs.reaperFlush) yield* tlbFinishMmu(mm);
  }
  if (!k.knobs.reaperFlush) yield* tlbFinishFullmm();
  return null;
});

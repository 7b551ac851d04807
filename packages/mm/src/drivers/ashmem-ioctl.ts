import { mutexLock, mutexTrylock, mutexUnlock } from "../events/lock-steps.ts";
import { userAccess } from "../events/tlb-steps.ts";
import type { Context } from "../kernel/context.ts";
import { pageFault } from "../kernel/fault.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { ASHMEM_MUTEX } from "./ashmem-state.ts";

/** When ashmem_ioctl copies from user memory: with the mutex held, or before it takes it (740a5759bf22). */
export type AshmemIoctl = "copies-under-mutex" | "copies-first";

/** ashmem_ioctl(ASHMEM_SET_NAME …): reads its argument at a user address. drivers/staging/android/ashmem.c */
export const ashmemIoctl: Procedure<Context, [number, number, AshmemIoctl], null> = procedure(
  "ashmem_ioctl",
  function* (k, mm: number, argument: number, order: AshmemIoctl) {
    if (order === "copies-first") yield* copyFromUser(k, mm, argument);
    yield* mutexLock(ASHMEM_MUTEX);
    if (order === "copies-under-mutex") yield* copyFromUser(k, mm, argument);
    yield* mutexUnlock(ASHMEM_MUTEX);
    return null;
  },
);

/** ashmem_shrink_scan: in reclaim on behalf of whoever needs memory, which may hold the mutex: it only tries. */
export const ashmemShrinkScan: Procedure<Context, [], boolean> = procedure("ashmem_shrink_scan", function* () {
  if (!(yield* mutexTrylock(ASHMEM_MUTEX))) return false;
  yield* mutexUnlock(ASHMEM_MUTEX);
  return true;
});

/** copy_from_user: reads user memory, whose page may have to be faulted in first. */
const copyFromUser: Procedure<Context, [number, number], null> = procedure(
  "copy_from_user",
  function* (k, mm: number, address: number) {
    if ((yield* userAccess(mm, address, false)) === "fault") yield* pageFault(k, mm, address, false);
    return null;
  },
);

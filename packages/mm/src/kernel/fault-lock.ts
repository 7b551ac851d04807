import { mmapReadUnlock } from "../events/mmap-lock-steps.ts";
import type { Steps } from "../events/step.ts";
import type { Context, VmFault } from "./context.ts";
import { vmaEndRead } from "./vma-lock.ts";

/**
 * How a fault ends: the access may be repeated, or the signal that it gets; also after VM_FAULT_OOM, `OOM`, once the oom
 * killer was there. SIGSEGV is that of SEGV_MAPERR, the others are by their codes, SEGV_ACCERR and SEGV_PKUERR.
 */
export type FaultResult = "ok" | "SIGSEGV" | "ACCERR" | "PKUERR" | "SIGBUS" | "SIGKILL" | "OOM";

/** What a handler returns: also VM_FAULT_RETRY, `retry`, when it has dropped the lock under which it was called. */
export type VmFaultResult = FaultResult | "retry";

/**
 * The lock under which a fault is handled: FAULT_FLAG_VMA_LOCK, or mmap_lock; `mmap-tried` once more after a retry
 * (FAULT_FLAG_TRIED), when waiting with the lock held is the only way on.
 */
export type FaultLock = "vma" | "mmap" | "mmap-tried";

/** release_fault_lock: before a fault sleeps for long it lets go, and comes again. include/linux/mm.h */
export function releaseFaultLock(k: Context, { mm, vma }: VmFault, under: FaultLock): Steps<null> {
  return under === "vma" ? vmaEndRead(k, vma) : mmapReadUnlock(mm);
}

import { file } from "../objects/file.ts";
import { vmaTree } from "../objects/mm.ts";
import { heldBy } from "../objects/task.ts";
import { type VmaPtr, vmaFlags, vmaName } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { FLAG_PAIR } from "../rules/vma-flags.ts";
import { RETRY_DROPPED } from "../rules/vma-lock.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import { accessVma } from "./vma-access.ts";

/** What a fault finds out about the VMA before it looks at the PTE. */
export type Access =
  "denied" | "signal" | "driver" | "shared-file" | "private-file" | "shmem" | "anonymous" | "userfault";

/**
 * access_error, sanitize_fault_flags and the first branch of handle_pte_fault: `denied` when the VMA's flags do not allow
 * the access, `driver` where a driver has to provide the page, or the page cache does (shared anonymous memory is
 * shmem's), else `anonymous`; `signal` (SIGBUS) of shared memory to which a driver gave no vm_ops; `userfault` when a
 * monitor wants to be asked first. Nobody can register one while the fault has its lock.
 */
export const vmAccess: Step<[VmaPtr, boolean], Access> = step("access_error", (tx, ptr, write) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return "denied";
  const flags = tx.read(vmaFlags.of(ptr.vma));
  if ((flags & (write ? VM.WRITE : VM.READ | VM.WRITE | VM.EXEC)) === 0) return "denied";
  if (write && (flags & VM.MAYWRITE) === 0) {
    tx.violate(FLAG_PAIR, vmaName(ptr), `a write fault in ${vmaName(ptr)}, which has VM_WRITE without VM_MAYWRITE`);
    return "denied";
  }
  if (vma.ops !== "") return "driver";
  if ((flags & VM.UFFD_MISSING) !== 0) return "userfault";
  const shared = (flags & VM.SHARED) !== 0;
  if (vma.file === null) return shared ? "shmem" : "anonymous";
  if (tx.read(file.of(vma.file)).ops !== "") return shared ? "signal" : "anonymous";
  return shared ? "shared-file" : "private-file";
});

/** VM_FAULT_RETRY came back: whoever returned it has dropped the lock, mmap_lock and every VMA lock of this task. */
export const vmFaultRetry: Step<[number], null> = step("vm_fault_retry", (tx, mm) => {
  const kept = tx.read(heldBy.of(tx.task)).find((held) => held.class === "mmap_lock" || held.class === "vma_lock");
  if (kept !== undefined) tx.violate(RETRY_DROPPED, `mm:${mm}`, `VM_FAULT_RETRY came back with ${kept.lock} held`);
});

/** The first half of find_mergeable_anon_vma: the neighbour to look at, before its anon_vma is read. mm/mmap.c */
export const findMergeableAnonVma: Step<[VmaPtr], VmaPtr | null> = step("find_mergeable_anon_vma", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return null;
  const near = tx.read(vmaTree.of(vma.mm)).find(({ start, end }) => start === vma.end || end === vma.start);
  return near === undefined ? null : { vma: near.vma, gen: near.gen };
});

export const faultSteps: readonly AnyStep[] = [vmAccess, vmFaultRetry, findMergeableAnonVma];

import { vmaLockForm } from "../objects/config.ts";
import { vmaAnonVma } from "../objects/anon-vma.ts";
import { writeLocked } from "../objects/mm.ts";
import { anyRef, storedUnlocked, vmaExclude, vmaRef, vmaWriterWait } from "../objects/vma-lock.ts";
import { noteAcquired, noteReleased } from "../objects/task.ts";
import { type Vma, vmaFlags, vmaName, type VmaPtr, vmaReader, vmaSlot } from "../objects/vma.ts";
import { waitQueue } from "../objects/wait.ts";
import { VM_UFFD } from "./uffd-rules.ts";
import { LOCK_HELD } from "../rules/lock-discipline.ts";
import { VMA_LIVE } from "../rules/vma-life.ts";
import { STORE_LOCKED, VMA_ATTACH, VW_EXCL } from "../rules/vma-lock.ts";
import { touchMm } from "./mm-steps.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { accessVma, vmaLockName } from "./vma-access.ts";
import { vmaUnderRcu } from "./vma-rcu.ts";

// vma_start_read in its steps, include/linux/mmap_lock.h and mm/mmap_lock.c. One set of steps for both generations: the
// reference count's, and the rwsem's with the same meaning for readers.

/** vm_lock_seq == mm_lock_seq, read without order: whether the VMA seems to be write-locked. Nobody relies on a no. */
export const vmaLockSeqRelaxed: Step<[number, VmaPtr], boolean> = step("vma_lock_seq_relaxed", (tx, mm, ptr) => {
  if (vmaUnderRcu(tx, ptr) === undefined) return true;
  return tx.read(writeLocked.of(mm)).includes(ptr.vma);
});

/**
 * __refcount_inc_not_zero_limited_acquire(vm_refcnt), or down_read_trylock(vm_lock): `zero` when the VMA is detached,
 * which the rwsem cannot tell; `excluded` when a writer is inside or waits.
 */
export const vmaRefcountInc: Step<[VmaPtr], "ok" | "zero" | "excluded"> = step("vma_refcount_inc", (tx, ptr) => {
  const vma = vmaUnderRcu(tx, ptr);
  if (vma === undefined) return "excluded";
  if (tx.read(vmaLockForm) === "refcnt" && vma.state !== "attached" && !anyRef(tx, ptr.vma)) return "zero";
  if (tx.read(vmaExclude.of(ptr.vma)) !== null) return "excluded";
  tx.update(vmaRef.of(ptr.vma, tx.task), (count) => count + 1);
  return "ok";
});

/** vma->vm_mm under RCU alone: one of three fields that may be read there. Null when the memory is no VMA. */
export const vmaMmUnderRcu: Step<[VmaPtr], number | null> = step("vma_vm_mm_rcu", (tx, ptr) => {
  const vma = vmaUnderRcu(tx, ptr);
  return vma === undefined || vma.state === "free" ? null : vma.mm;
});

/** vma->vm_mm with a reference held: that mm when it is another one than the caller's, else null. */
export const vmaOtherMm: Step<[number, VmaPtr], number | null> = step("vma_vm_mm", (tx, mm, ptr) => {
  needsReference(tx, ptr);
  const vma = tx.read(vmaSlot.of(ptr.vma));
  return vma.mm === mm ? null : vma.mm;
});

/**
 * vm_lock_seq == mm_lock_seq, now with a reference: false when the VMA is write-locked, true when the read lock is
 * held. A reader that got another mm's VMA has a reference on that and no lock it may trust.
 */
export const vmaLockSeqAcquire: Step<[number, VmaPtr], boolean> = step("vma_lock_seq_acquire", (tx, mm, ptr) => {
  needsReference(tx, ptr);
  if (tx.read(writeLocked.of(mm)).includes(ptr.vma)) return false;
  const vma = tx.read(vmaSlot.of(ptr.vma));
  if (vma.mm !== mm) return true;
  hold(tx, ptr.vma);
  return true;
});

/**
 * vma_start_read_locked: the read lock under mmap_lock, where no writer can be. False when it cannot be had.
 * include/linux/mmap_lock.h
 */
export const vmaStartReadLocked: Step<[VmaPtr], boolean> = step("vma_start_read_locked", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma?.state !== "attached" || tx.read(vmaExclude.of(ptr.vma)) !== null) return false;
  tx.update(vmaRef.of(ptr.vma, tx.task), (count) => count + 1);
  hold(tx, ptr.vma);
  if (tx.read(writeLocked.of(vma.mm)).includes(ptr.vma)) {
    tx.violate(VW_EXCL, vmaName(ptr), `${tx.op} read-locks ${vmaName(ptr)}, which is write-locked`);
  }
  return true;
});

/**
 * vma_is_anonymous(vma) and vma->anon_vma as lock_vma_under_rcu of 6.4 to 6.11 asks for them: whether the VMA is
 * anonymous, where it must be, and whether it has its anon_vma, where it is anonymous.
 */
export const lockVmaAnonCheck: Step<[VmaPtr, boolean, boolean], boolean> = step(
  "lock_vma_anon_vma",
  (tx, ptr, mustBeAnonymous, mustHaveAnonVma) => {
    const vma = vmaUnderRcu(tx, ptr);
    if (vma === undefined) return false;
    // "anonymous" are the first faults under VMA locks, which did not know how to leave one to a monitor.
    if (mustBeAnonymous && (tx.read(vmaFlags.of(ptr.vma)) & VM_UFFD) !== 0) return false;
    if (vma.ops !== "") return !mustBeAnonymous;
    return !mustHaveAnonVma || tx.read(vmaAnonVma.of(ptr.vma)) !== null;
  },
);

/**
 * What lock_vma_under_rcu looks at with the lock held: the VMA that the slot now holds, when it covers this address and
 * is attached.
 */
export const lockVmaRecheck: Step<[number, VmaPtr, number], VmaPtr | "other-mm" | "elsewhere" | "detached"> = step(
  "lock_vma_under_rcu_recheck",
  (tx, mm, ptr, address) => {
    needsReference(tx, ptr);
    const { gen, mm: own, start, end, state } = tx.read(vmaSlot.of(ptr.vma));
    if (own !== mm) return "other-mm";
    if (address < start || address >= end) return "elsewhere";
    if (state !== "attached") return "detached";
    const found = { vma: ptr.vma, gen };
    if (tx.read(storedUnlocked.of(mm)).includes(ptr.vma)) {
      tx.violate(STORE_LOCKED, vmaName(found), `read-locks ${vmaName(found)}, which its mapper is still setting up`);
    }
    return found;
  },
);

/**
 * vma_refcount_put: gives the reference up. vm_mm is copied first, for the memory may be another VMA's right after.
 * Returns the mm whose writer is to be woken: null when nobody waits, or others are still inside.
 */
export const vmaRefcountPut: Step<[VmaPtr], number | null> = step("vma_refcount_put", (tx, ptr) => put(tx, ptr));

/** vma_end_read: as {@link vmaRefcountPut}, by who has the read lock. */
export const vmaEndReadPut: Step<[VmaPtr], number | null> = step("vma_end_read", (tx, ptr) => {
  if (tx.read(vmaReader.of(ptr.vma, tx.task)) === 0 || !noteReleased(tx, tx.task, vmaLockName(ptr.vma))) {
    tx.violate(LOCK_HELD, vmaName(ptr), `vma_end_read of ${vmaName(ptr)}, whose read lock it does not hold`);
    return null;
  }
  tx.update(vmaReader.of(ptr.vma, tx.task), (times) => times - 1);
  return put(tx, ptr);
});

/**
 * rcuwait_wake_up(&mm->vma_writer_wait): wakes the writer, if one sleeps there. The queue is in the mm, which nothing but
 * the caller keeps. kernel/exit.c
 */
export const rcuwaitWakeUp: Step<[number], null> = step("rcuwait_wake_up", (tx, mm) => {
  touchMm(tx, mm);
  const queue = waitQueue.of(vmaWriterWait(mm));
  if (tx.read(queue).length > 0) tx.write(queue, []);
});

/** Fields of a slot that may be another VMA's by now: its memory stays while a reference is held, no longer. */
function needsReference(tx: StepContext, ptr: VmaPtr): void {
  if (tx.read(vmaRef.of(ptr.vma, tx.task)) > 0) return;
  tx.violate(VMA_LIVE, vmaName(ptr), `${tx.op} looks at ${vmaName(ptr)} without a reference on it`);
}

function hold(tx: StepContext, vma: number): void {
  tx.update(vmaReader.of(vma, tx.task), (times) => times + 1);
  noteAcquired(tx, tx.task, { lock: vmaLockName(vma), class: "vma_lock", mode: "read" });
}

function put(tx: StepContext, ptr: VmaPtr): number | null {
  const refs = vmaRef.of(ptr.vma, tx.task);
  const vma: Vma = tx.read(vmaSlot.of(ptr.vma));
  if (tx.read(refs) === 0) {
    tx.violate(VMA_ATTACH, vmaName(ptr), `${tx.op} puts a reference on ${vmaName(ptr)} that it does not hold`);
    return null;
  }
  tx.update(refs, (count) => count - 1);
  // The rwsem wakes its writer under its own lock and does not touch the mm.
  if (tx.read(vmaExclude.of(ptr.vma)) === null || tx.read(vmaLockForm) !== "refcnt") return null;
  return anyRef(tx, ptr.vma) ? null : vma.mm;
}

export const vmaReadSteps: readonly AnyStep[] = [
  vmaLockSeqRelaxed,
  vmaRefcountInc,
  vmaMmUnderRcu,
  vmaOtherMm,
  vmaLockSeqAcquire,
  vmaStartReadLocked,
  lockVmaAnonCheck,
  lockVmaRecheck,
  vmaRefcountPut,
  vmaEndReadPut,
  rcuwaitWakeUp,
];

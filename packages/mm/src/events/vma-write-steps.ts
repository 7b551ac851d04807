import { vmaLockForm } from "../objects/config.ts";
import { writeLocked } from "../objects/mm.ts";
import { anyRef, vmaExclude, vmaWriterWait } from "../objects/vma-lock.ts";
import { countTasks } from "../objects/task.ts";
import { vmaName, type VmaPtr, vmaReader, vmaSlot, withState } from "../objects/vma.ts";
import { fatalSignal, waitQueue } from "../objects/wait.ts";
import { FIELD_WRITE } from "../rules/vma-fields.ts";
import { VMA_ATTACH, VW_EXCL } from "../rules/vma-lock.ts";
import { beforeBlockingAcquire } from "./lock-rules.ts";
import { type AnyStep, BLOCKED, type Step, step } from "./step.ts";
import { accessVma, needsWriteLock, vmaLockName } from "./vma-access.ts";

// vma_start_write and vma_mark_detached in their steps, mm/mmap_lock.c. The wait is visible: from the first step on new
// readers are kept out.

/**
 * __vma_enter_locked: keeps new readers out. `locked` when the VMA is write-locked already, `detached` when it has no
 * reference and there is nobody to keep out, `wait` when readers have to be waited for.
 */
export const vmaEnterLocked: Step<[VmaPtr], "locked" | "detached" | "wait"> = step("__vma_enter_locked", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return "locked";
  beforeBlockingAcquire(tx, { name: vmaLockName(ptr.vma), class: "vma_lock" }, true);
  needsWriteLock(tx, vma.mm, ptr);
  if (tx.read(writeLocked.of(vma.mm)).includes(ptr.vma)) return "locked";
  if (vma.state === "new" || (vma.state !== "attached" && !anyRef(tx, ptr.vma))) return "detached";
  tx.write(vmaExclude.of(ptr.vma), tx.task);
  return "wait";
});

/** __vma_exclude_readers of a detacher: false when the last reference is gone and there is nobody to wait for. */
export const vmaExcludeReaders: Step<[VmaPtr], boolean> = step("__vma_exclude_readers", (tx, ptr) => {
  if (accessVma(tx, ptr) === undefined || !anyRef(tx, ptr.vma)) return false;
  tx.write(vmaExclude.of(ptr.vma), tx.task);
  return true;
});

/**
 * rcuwait_wait_event, one turn of its loop: null when no reader has a reference any more; else the task is on a wait
 * queue, whose mm is returned, and sleeps there until the last reader wakes it. A rwsem (6.4 to 6.14) hands itself over,
 * so that there is no wake-up to be lost: the step itself waits.
 */
export const vmaWaitReaders: Step<[VmaPtr], number | null> = step("rcuwait_wait_event", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined || !anyRef(tx, ptr.vma)) return null;
  if (tx.read(vmaLockForm) !== "refcnt") return BLOCKED;
  tx.write(waitQueue.of(vmaWriterWait(vma.mm)), [tx.task]);
  return vma.mm;
});

/** The same, where a fatal signal ends the wait and lets readers in again: `killed`. */
export const vmaWaitReadersKillable: Step<[VmaPtr], number | null | "killed"> = step(
  "rcuwait_wait_event_killable",
  (tx, ptr) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return null;
    const queue = waitQueue.of(vmaWriterWait(vma.mm));
    const readers = anyRef(tx, ptr.vma);
    const killed = readers && tx.read(fatalSignal.of(tx.task));
    if (readers && !killed) {
      if (tx.read(vmaLockForm) !== "refcnt") return BLOCKED;
      tx.write(queue, [tx.task]);
      return vma.mm;
    }
    // finish_rcuwait: a signal may have ended the sleep, not a wake-up.
    if (tx.read(queue).includes(tx.task)) tx.write(queue, []);
    if (!killed) return null;
    tx.write(vmaExclude.of(ptr.vma), null);
    return "killed";
  },
);

/** vm_lock_seq = mm_lock_seq: from here on, and until mmap_write_lock is let go of, the VMA is write-locked. */
export const vmaLockSeqStore: Step<[VmaPtr], null> = step("__vma_start_write", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  if (vma.state === "attached" && tx.read(vmaExclude.of(ptr.vma)) !== tx.task) {
    tx.violate(FIELD_WRITE, vmaName(ptr), `writes vm_lock_seq of ${vmaName(ptr)} without keeping readers out`);
  }
  const locked = tx.read(writeLocked.of(vma.mm));
  if (!locked.includes(ptr.vma)) tx.write(writeLocked.of(vma.mm), [...locked, ptr.vma]);
});

/** __vma_exit_locked: readers may try again. */
export const vmaExitLocked: Step<[VmaPtr], null> = step("__vma_exit_locked", (tx, ptr) => {
  if (accessVma(tx, ptr) === undefined) return;
  tx.write(vmaExclude.of(ptr.vma), null);
  const tasks = countTasks(tx);
  for (let task = 0; task < tasks; task++) {
    if (task === tx.task || tx.read(vmaReader.of(ptr.vma, task)) === 0) continue;
    tx.violate(VW_EXCL, vmaName(ptr), `${vmaName(ptr)} is write-locked while task ${task} has its read lock`);
  }
});

/**
 * vma_mark_detached: the VMA's own reference goes. Returns whether readers are there for a moment still, who have to be
 * waited for; the flag of 6.4 to 6.14 waits for nobody.
 */
export const vmaMarkDetachedBegin: Step<[VmaPtr], boolean> = step("vma_mark_detached", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return false;
  needsWriteLock(tx, vma.mm, ptr);
  if (vma.state !== "attached") {
    tx.violate(VMA_ATTACH, vmaName(ptr), `${tx.op} of ${vmaName(ptr)}, which is ${vma.state}`);
    return false;
  }
  if (!tx.read(writeLocked.of(vma.mm)).includes(ptr.vma)) {
    tx.violate(VMA_ATTACH, vmaName(ptr), `${tx.op} of ${vmaName(ptr)}, which is not write-locked`);
  }
  tx.write(vmaSlot.of(ptr.vma), withState(vma, "detached", tx.task));
  return tx.read(vmaLockForm) === "refcnt" && anyRef(tx, ptr.vma);
});

/** vma_mark_attached again: munmap failed before its point of no return. mm/vma.c, reattach_vmas() */
export const vmaMarkAttached: Step<[VmaPtr], null> = step("vma_mark_attached", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  needsWriteLock(tx, vma.mm, ptr);
  if (vma.state !== "detached") {
    tx.violate(VMA_ATTACH, vmaName(ptr), `${tx.op} of ${vmaName(ptr)}, which is ${vma.state}`);
    return;
  }
  tx.write(vmaSlot.of(ptr.vma), withState(vma, "attached", null));
});

export const vmaWriteSteps: readonly AnyStep[] = [
  vmaEnterLocked,
  vmaExcludeReaders,
  vmaWaitReaders,
  vmaWaitReadersKillable,
  vmaLockSeqStore,
  vmaExitLocked,
  vmaMarkDetachedBegin,
  vmaMarkAttached,
];

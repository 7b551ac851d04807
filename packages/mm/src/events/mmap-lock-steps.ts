import { withNumber } from "../objects/ascending.ts";
import { writeLocked } from "../objects/mm.ts";
import { speculators, storedUnlocked } from "../objects/vma-lock.ts";
import { mmapLock } from "../objects/rwsem.ts";
import { touchMm } from "./mm-steps.ts";
import {
  awaitRead,
  awaitReadKillable,
  awaitWrite,
  awaitWriteKillable,
  downgradeWrite,
  downRead,
  downReadTrylock,
  downWrite,
  downWriteTrylock,
  upRead,
  upWrite,
} from "./rwsem.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { checkTlbRights } from "./tlb.ts";

/** down_read of mmap_lock: whether it has the lock; false: it queued, and the slow path is next. */
export const mmapReadLockFast: Step<[number], boolean> = step("mmap_read_lock", (tx, mm) => {
  touchMm(tx, mm);
  return downRead(tx, mmapLock(mm));
});

/** A reader that queued waits until it is granted the lock. */
export const mmapReadLockSlowpath: Step<[number], null> = step("mmap_read_lock_slowpath", (tx, mm) => {
  touchMm(tx, mm);
  return awaitRead(tx, mmapLock(mm));
});

/** The same of mmap_read_lock_killable: false when a fatal signal came first, and the lock is not held. */
export const mmapReadLockKillableSlowpath: Step<[number], boolean> = step(
  "mmap_read_lock_killable_slowpath",
  (tx, mm) => {
    touchMm(tx, mm);
    return awaitReadKillable(tx, mmapLock(mm));
  },
);

export const mmapReadTrylock: Step<[number], boolean> = step("mmap_read_trylock", (tx, mm) => {
  touchMm(tx, mm);
  return downReadTrylock(tx, mmapLock(mm));
});

export const mmapReadUnlock: Step<[number], null> = step("mmap_read_unlock", (tx, mm) => {
  touchMm(tx, mm);
  upRead(tx, mmapLock(mm));
});

/** down_write of mmap_lock: whether it has the lock; false: it queued, and the slow path is next. */
export const mmapWriteLockFast: Step<[number], boolean> = step("mmap_write_lock", (tx, mm) => {
  touchMm(tx, mm);
  return begun(tx, mm, downWrite(tx, mmapLock(mm)));
});

/** A writer that queued waits until it is at the head and the lock is free. */
export const mmapWriteLockSlowpath: Step<[number], null> = step("mmap_write_lock_slowpath", (tx, mm) => {
  touchMm(tx, mm);
  const waits = awaitWrite(tx, mmapLock(mm));
  if (waits === undefined) begun(tx, mm, true);
  return waits;
});

/** The same of mmap_write_lock_killable: false when a fatal signal came first, and the lock is not held. */
export const mmapWriteLockKillableSlowpath: Step<[number], boolean> = step(
  "mmap_write_lock_killable_slowpath",
  (tx, mm) => {
    touchMm(tx, mm);
    return begun(tx, mm, awaitWriteKillable(tx, mmapLock(mm)));
  },
);

export const mmapWriteTrylock: Step<[number], boolean> = step("mmap_write_trylock", (tx, mm) => {
  touchMm(tx, mm);
  return begun(tx, mm, downWriteTrylock(tx, mmapLock(mm)));
});

/** Ends all VMA write locks, then turns the write lock into a read lock, never letting go. */
export const mmapWriteDowngrade: Step<[number], null> = step("mmap_write_downgrade", (tx, mm) => {
  touchMm(tx, mm);
  checkTlbRights(tx, mm);
  vmaEndWriteAll(tx, mm);
  downgradeWrite(tx, mmapLock(mm));
});

/** Ends all VMA write locks, then releases. */
export const mmapWriteUnlock: Step<[number], null> = step("mmap_write_unlock", (tx, mm) => {
  touchMm(tx, mm);
  checkTlbRights(tx, mm);
  vmaEndWriteAll(tx, mm);
  upWrite(tx, mmapLock(mm));
});

/** mm_lock_seq goes on with every write lock that is taken: whoever speculates will see it. */
function begun<R>(tx: StepContext, mm: number, locked: R): R {
  if (locked === true && tx.read(speculators.of(mm)).length > 0) tx.write(speculators.of(mm), []);
  return locked;
}

/** mmap_lock_speculate_try_begin: notes mm_lock_seq; false while a writer holds mmap_lock. include/linux/mmap_lock.h */
export const mmapLockSpeculateTryBegin: Step<[number], boolean> = step("mmap_lock_speculate_try_begin", (tx, mm) => {
  touchMm(tx, mm);
  if (tx.read(mmapLock(mm).writer) !== null) return false;
  tx.update(speculators.of(mm), (tasks) => (tasks.includes(tx.task) ? tasks : withNumber(tasks, tx.task)));
  return true;
});

/** mmap_lock_speculate_retry: whether mmap_lock was taken for writing since. include/linux/mmap_lock.h */
export const mmapLockSpeculateRetry: Step<[number], boolean> = step("mmap_lock_speculate_retry", (tx, mm) => {
  touchMm(tx, mm);
  const tasks = tx.read(speculators.of(mm));
  if (!tasks.includes(tx.task)) return true;
  tx.write(
    speculators.of(mm),
    tasks.filter((task) => task !== tx.task),
  );
  return false;
});

function vmaEndWriteAll(tx: StepContext, mm: number): void {
  if (tx.read(writeLocked.of(mm)).length > 0) tx.write(writeLocked.of(mm), []);
  if (tx.read(storedUnlocked.of(mm)).length > 0) tx.write(storedUnlocked.of(mm), []);
}

export const mmapLockSteps: readonly AnyStep[] = [
  mmapReadLockFast,
  mmapReadLockSlowpath,
  mmapReadLockKillableSlowpath,
  mmapReadTrylock,
  mmapReadUnlock,
  mmapWriteLockFast,
  mmapWriteLockSlowpath,
  mmapWriteLockKillableSlowpath,
  mmapWriteTrylock,
  mmapWriteDowngrade,
  mmapWriteUnlock,
  mmapLockSpeculateTryBegin,
  mmapLockSpeculateRetry,
];

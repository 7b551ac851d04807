import { rwsemForm } from "../objects/config.ts";
import { othersRead, type Rwsem } from "../objects/rwsem.ts";
import { heldBy, holds, noteAcquired, noteReleased } from "../objects/task.ts";
import { fatalSignal } from "../objects/wait.ts";
import { LOCK_HELD } from "../rules/lock-discipline.ts";
import { beforeBlockingAcquire } from "./lock-rules.ts";
import { BLOCKED } from "./step.ts";
import type { StepContext } from "./step-context.ts";

// The rwsem of kernel/locking/rwsem.c, as far as orders can tell. Waiting is visible: to queue is a step that writes
// the queue, and a task that queued can only be granted. Readers at the head of the queue are granted, all readers of
// the queue with them, by whoever lets go last (rwsem_mark_wake); a writer at the head competes with those who steal.
// A reader steals only while no other reader holds the lock: rwsem_down_read_slowpath() counts the caller in rcnt.

/** down_read: true when it has the lock, false when it queued and must wait to be granted. */
export function downRead(tx: StepContext, sem: Rwsem): boolean | typeof BLOCKED {
  beforeBlockingAcquire(tx, sem, true);
  const plain = tx.read(rwsemForm) === "plain";
  const writer = tx.read(sem.writer);
  if (plain && writer !== null) return BLOCKED;
  if (!plain) {
    const queue = tx.read(sem.queue);
    if (writer !== null || (queue.length > 0 && !steals(tx, !othersRead(tx, sem, tx.task)))) {
      tx.write(sem.queue, [...queue, { task: tx.task, mode: "read" }]);
      wake(tx, sem);
      return false;
    }
  }
  takeRead(tx, sem);
  return true;
}

/** The wait of a reader that queued: whoever grants it the lock takes it off the queue. */
export function awaitRead(tx: StepContext, sem: Rwsem): typeof BLOCKED | undefined {
  if (tx.read(sem.queue).some((waiter) => waiter.task === tx.task)) return BLOCKED;
  const known = tx.read(heldBy.of(tx.task)).filter(({ lock, mode }) => lock === sem.name && mode === "read").length;
  if (tx.read(sem.reader(tx.task)) <= known) {
    tx.violate(LOCK_HELD, sem.name, `waits for ${sem.name}, for which it has not queued`);
    return undefined;
  }
  noteAcquired(tx, tx.task, { lock: sem.name, class: sem.class, mode: "read" });
  return undefined;
}

/**
 * The same, where a fatal signal ends the wait: whether the lock was granted. Who gives up leaves the queue, and wakes
 * those who waited behind.
 */
export function awaitReadKillable(tx: StepContext, sem: Rwsem): boolean | typeof BLOCKED {
  if (awaitRead(tx, sem) === undefined) return true;
  return giveUp(tx, sem) ? false : BLOCKED;
}

/** down_read_trylock: fails when a writer holds the lock or anybody waits for it. */
export function downReadTrylock(tx: StepContext, sem: Rwsem): boolean {
  if (tx.read(sem.writer) !== null) return false;
  if (tx.read(rwsemForm) === "fair" && tx.read(sem.queue).length > 0) return false;
  takeRead(tx, sem);
  return true;
}

export function upRead(tx: StepContext, sem: Rwsem): void {
  if (tx.read(sem.reader(tx.task)) === 0 || !noteReleased(tx, tx.task, sem.name)) {
    tx.violate(LOCK_HELD, sem.name, `releases ${sem.name}, which it does not hold for reading`);
    return;
  }
  tx.update(sem.reader(tx.task), (times) => times - 1);
  letGo(tx, sem);
}

/** down_write: true when it has the lock, false when it queued. */
export function downWrite(tx: StepContext, sem: Rwsem): boolean | typeof BLOCKED {
  beforeBlockingAcquire(tx, sem, true);
  const free = isFree(tx, sem);
  if (tx.read(rwsemForm) === "plain") {
    if (!free) return BLOCKED;
  } else {
    const queue = tx.read(sem.queue);
    if (!free || (queue.length > 0 && !steals(tx, true))) {
      tx.write(sem.queue, [...queue, { task: tx.task, mode: "write" }]);
      return false;
    }
  }
  takeWrite(tx, sem);
  return true;
}

/** The wait of a writer that queued: granted at the head of the queue, when nobody holds the lock. */
export function awaitWrite(tx: StepContext, sem: Rwsem): typeof BLOCKED | undefined {
  const [head, ...rest] = tx.read(sem.queue);
  if (head?.task !== tx.task || !isFree(tx, sem)) return BLOCKED;
  tx.write(sem.queue, rest);
  takeWrite(tx, sem);
  return undefined;
}

/** The same, where a fatal signal ends the wait: whether the lock was granted. */
export function awaitWriteKillable(tx: StepContext, sem: Rwsem): boolean | typeof BLOCKED {
  if (awaitWrite(tx, sem) === undefined) return true;
  return giveUp(tx, sem) ? false : BLOCKED;
}

/** rwsem_del_wake_waiter of a task that a fatal signal has woken. */
function giveUp(tx: StepContext, sem: Rwsem): boolean {
  if (!tx.read(fatalSignal.of(tx.task))) return false;
  tx.write(
    sem.queue,
    tx.read(sem.queue).filter((waiter) => waiter.task !== tx.task),
  );
  wake(tx, sem);
  return true;
}

/** down_write_trylock: fails unless nobody holds the lock and nobody waits for it. */
export function downWriteTrylock(tx: StepContext, sem: Rwsem): boolean {
  if (!isFree(tx, sem)) return false;
  if (tx.read(rwsemForm) === "fair" && tx.read(sem.queue).length > 0) return false;
  takeWrite(tx, sem);
  return true;
}

export function upWrite(tx: StepContext, sem: Rwsem): void {
  if (!releaseWrite(tx, sem)) return;
  tx.write(sem.writer, null);
  letGo(tx, sem);
}

/** downgrade_write: from writer to reader, never let go in between; readers at the head of the queue get in. */
export function downgradeWrite(tx: StepContext, sem: Rwsem): void {
  if (!releaseWrite(tx, sem)) return;
  tx.write(sem.writer, null);
  takeRead(tx, sem);
  wake(tx, sem);
}

function releaseWrite(tx: StepContext, sem: Rwsem): boolean {
  if (holds(tx, tx.task, sem.name)?.mode === "write") return noteReleased(tx, tx.task, sem.name);
  tx.violate(LOCK_HELD, sem.name, `releases ${sem.name}, which it does not hold for writing`);
  return false;
}

function takeRead(tx: StepContext, sem: Rwsem): void {
  tx.update(sem.reader(tx.task), (times) => times + 1);
  noteAcquired(tx, tx.task, { lock: sem.name, class: sem.class, mode: "read" });
}

function takeWrite(tx: StepContext, sem: Rwsem): void {
  tx.write(sem.writer, tx.task);
  noteAcquired(tx, tx.task, { lock: sem.name, class: sem.class, mode: "write" });
}

function steals(tx: StepContext, mayStealAtAll: boolean): boolean {
  return mayStealAtAll && tx.choose("steal", "queue") === "steal";
}

function isFree(tx: StepContext, sem: Rwsem): boolean {
  return tx.read(sem.writer) === null && !othersRead(tx, sem, -1);
}

/** After an unlock: whoever leaves the lock free wakes the queue. */
function letGo(tx: StepContext, sem: Rwsem): void {
  if (tx.read(rwsemForm) === "plain" || tx.read(sem.queue).length === 0) return;
  if (!othersRead(tx, sem, -1)) wake(tx, sem);
}

function wake(tx: StepContext, sem: Rwsem): void {
  if (tx.read(rwsemForm) === "plain" || tx.read(sem.writer) !== null) return;
  const queue = tx.read(sem.queue);
  if (queue[0]?.mode !== "read") return;
  for (const waiter of queue) if (waiter.mode === "read") tx.update(sem.reader(waiter.task), (times) => times + 1);
  tx.write(
    sem.queue,
    queue.filter((waiter) => waiter.mode === "write"),
  );
}

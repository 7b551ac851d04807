import { type Held, heldBy, inReclaim } from "../objects/task.ts";
import { ATOMIC_SLEEP, LOCK_ORDER, NO_BLOCK_UNDER_VR, RECLAIM_TRY } from "../rules/lock-discipline.ts";
import { documentedOutside } from "../rules/lock-order.ts";
import type { StepContext } from "./step-context.ts";

/** What must hold when a task is about to take a lock that it may have to wait for. */
export function beforeBlockingAcquire(tx: StepContext, lock: { name: string; class: string }, sleeps: boolean): void {
  const held = tx.read(heldBy.of(tx.task));
  if (sleeps) {
    mayNotSleepUnder(tx, held, lock.name);
    if (tx.read(inReclaim.of(tx.task))) {
      tx.violate(RECLAIM_TRY, lock.name, `${tx.op} may wait for ${lock.name} in reclaim`);
    }
  }
  if (lock.class === "mmap_lock") checkMmapLock(tx, held, lock.name);
  for (const one of held) if (one.mode !== "rcu") tx.acquires(one.class, lock.class);
  const outOfOrder = held.find((one) => documentedOutside(lock.class, one.class));
  if (outOfOrder !== undefined) {
    tx.violate(
      LOCK_ORDER,
      lock.name,
      `takes ${lock.class} under ${outOfOrder.class}, which the documented order puts inside it`,
    );
  }
}

/** What must hold when a task is about to do something that may sleep. */
export function beforeSleep(tx: StepContext, what: string): void {
  mayNotSleepUnder(tx, tx.read(heldBy.of(tx.task)), what);
}

function mayNotSleepUnder(tx: StepContext, held: readonly Held[], what: string): void {
  const atomic = held.find((one) => one.mode === "spin" || one.mode === "rcu");
  if (atomic !== undefined) tx.violate(ATOMIC_SLEEP, what, `${tx.op} may sleep while ${atomic.lock} is held`);
}

function checkMmapLock(tx: StepContext, held: readonly Held[], lock: string): void {
  const vmaLock = held.find((one) => one.class === "vma_lock" && one.mode === "read");
  if (vmaLock !== undefined) {
    tx.violate(
      NO_BLOCK_UNDER_VR,
      lock,
      `may wait for ${lock} while it holds ${vmaLock.lock}: a writer that holds the one waits for the other`,
    );
  }
  if (held.some((one) => one.lock === lock)) {
    tx.violate(NO_BLOCK_UNDER_VR, lock, `takes ${lock} again: behind a waiting writer it waits for itself`);
  }
}

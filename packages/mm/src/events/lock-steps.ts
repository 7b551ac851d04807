import { lockClass, lockKey, lockOwner } from "../objects/lock.ts";
import { noteAcquired, noteReleased } from "../objects/task.ts";
import { LOCK_HELD } from "../rules/lock-discipline.ts";
import { beforeBlockingAcquire } from "./lock-rules.ts";
import { type AnyStep, BLOCKED, STOPPED, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";

type Mode = "spin" | "mutex";

/** Takes a lock, or tells that it is taken. */
export function take(tx: StepContext, name: string, mode: Mode): boolean {
  if (tx.read(lockOwner.of(name)) !== null) return false;
  tx.write(lockOwner.of(name), tx.task);
  noteAcquired(tx, tx.task, { lock: lockKey(name), class: lockClass(name), mode });
  return true;
}

/** Takes a lock, waiting for it while it is taken. Who holds it already waits for itself, for ever: it ends here. */
export function acquire(tx: StepContext, name: string, mode: Mode): typeof BLOCKED | typeof STOPPED | undefined {
  beforeBlockingAcquire(tx, { name: lockKey(name), class: lockClass(name) }, mode === "mutex");
  if (take(tx, name, mode)) return undefined;
  return tx.read(lockOwner.of(name)) === tx.task ? STOPPED : BLOCKED;
}

/** Lets go of a lock. */
export function release(tx: StepContext, name: string): void {
  if (tx.read(lockOwner.of(name)) !== tx.task) {
    tx.violate(LOCK_HELD, `lock:${name}`, `releases lock:${name}, which it does not hold`);
    return;
  }
  noteReleased(tx, tx.task, lockKey(name));
  tx.write(lockOwner.of(name), null);
}

export const spinLock: Step<[string], null> = step("spin_lock", (tx, name) => acquire(tx, name, "spin"));
export const spinTrylock: Step<[string], boolean> = step("spin_trylock", (tx, name) => take(tx, name, "spin"));
export const spinUnlock: Step<[string], null> = step("spin_unlock", (tx, name) => {
  release(tx, name);
});
export const mutexLock: Step<[string], null> = step("mutex_lock", (tx, name) => acquire(tx, name, "mutex"));
export const mutexTrylock: Step<[string], boolean> = step("mutex_trylock", (tx, name) => take(tx, name, "mutex"));
export const mutexUnlock: Step<[string], null> = step("mutex_unlock", (tx, name) => {
  release(tx, name);
});

export const lockSteps: readonly AnyStep[] = [spinLock, spinTrylock, spinUnlock, mutexLock, mutexTrylock, mutexUnlock];

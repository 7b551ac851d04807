import { heapObject } from "../objects/heap.ts";
import { HEAP_LIVE, UNLOCK_LIFETIME } from "../rules/rcu.ts";
import { release } from "./lock-steps.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";

/** kmalloc of an object with a name of its own. */
export const kmalloc: Step<[string], null> = step("kmalloc", (tx, name) => {
  tx.write(heapObject.of(name), "live");
});

/** kfree. mm/slub.c */
export const kfree: Step<[string], null> = step("kfree", (tx, name) => {
  useHeap(tx, name);
  tx.write(heapObject.of(name), "freed");
});

/** Any use of the object. */
export const heapUse: Step<[string], null> = step("heap_use", (tx, name) => {
  useHeap(tx, name);
});

/**
 * The first half of mutex_unlock where somebody waits: the owner is cleared, and from here on another task may take the
 * mutex. kernel/locking/mutex.c, __mutex_unlock_slowpath()
 */
export const mutexUnlockOwner: Step<[string], null> = step("mutex_unlock_owner", (tx, lock) => {
  release(tx, lock);
});

/** The second half: it takes the mutex's wait_lock to wake whoever waits. The object that holds the mutex must live. */
export const mutexUnlockWake: Step<[string, string], null> = step("__mutex_unlock_slowpath", (tx, lock, object) => {
  if (tx.read(heapObject.of(object)) !== "freed") return;
  tx.violate(
    UNLOCK_LIFETIME,
    `lock:${lock}`,
    `wakes waiters of lock:${lock} through ${object}, which whoever got the mutex has freed`,
  );
});

function useHeap(tx: StepContext, name: string): void {
  const state = tx.read(heapObject.of(name));
  if (state === "live") return;
  tx.violate(HEAP_LIVE, `heap:${name}`, `${tx.op} of ${name}, which is ${state === "none" ? "not there yet" : state}`);
}

export const heapSteps: readonly AnyStep[] = [kmalloc, kfree, heapUse, mutexUnlockOwner, mutexUnlockWake];

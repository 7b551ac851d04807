import { mutexUnlockOwner, mutexUnlockWake } from "../events/heap-steps.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";

/**
 * mutex_unlock of a mutex inside a heap object, with waiters: two steps, between which the mutex is free and the call
 * still uses it. kernel/locking/mutex.c
 */
export const mutexUnlockSlow: Procedure<Context, [string, string], null> = procedure(
  "mutex_unlock",
  function* (_k, lock: string, object: string) {
    yield* mutexUnlockOwner(lock);
    yield* mutexUnlockWake(lock, object);
    return null;
  },
);

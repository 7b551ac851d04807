import {
  mmapReadLockFast,
  mmapReadLockKillableSlowpath,
  mmapReadLockSlowpath,
  mmapWriteLockFast,
  mmapWriteLockKillableSlowpath,
  mmapWriteLockSlowpath,
} from "../events/mmap-lock-steps.ts";
import type { Steps } from "../events/step.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";

/** mmap_read_lock, however long it takes. */
export const mmapReadLock: Procedure<Context, [number], null> = procedure("mmap_read_lock", function* (_k, mm: number) {
  if (!(yield* mmapReadLockFast(mm))) yield* mmapReadLockSlowpath(mm);
  return null;
});

/** mmap_write_lock, however long it takes. */
export const mmapWriteLock: Procedure<Context, [number], null> = procedure(
  "mmap_write_lock",
  function* (_k, mm: number) {
    if (!(yield* mmapWriteLockFast(mm))) yield* mmapWriteLockSlowpath(mm);
    return null;
  },
);

/**
 * mmap_write_lock_killable: whether the lock is held; false (-EINTR) when a fatal signal came first. Nobody is killed
 * where the scenario does not ask for that.
 */
export function mmapWriteLockKillable(k: Context, mm: number): Steps<boolean> {
  return k.knobs.injectFailures.includes("fatal-signal") ? writeLockOrDie(k, mm) : writeLockAlways(k, mm);
}

const writeLockAlways: Procedure<Context, [number], true> = procedure("mmap_write_lock", function* (_k, mm: number) {
  if (!(yield* mmapWriteLockFast(mm))) yield* mmapWriteLockSlowpath(mm);
  return true;
});

const writeLockOrDie: Procedure<Context, [number], boolean> = procedure(
  "mmap_write_lock_killable",
  function* (_k, mm: number) {
    return (yield* mmapWriteLockFast(mm)) || (yield* mmapWriteLockKillableSlowpath(mm));
  },
);

/** mmap_read_lock_killable, likewise. */
export function mmapReadLockKillable(k: Context, mm: number): Steps<boolean> {
  return k.knobs.injectFailures.includes("fatal-signal") ? readLockOrDie(k, mm) : readLockAlways(k, mm);
}

const readLockAlways: Procedure<Context, [number], true> = procedure("mmap_read_lock", function* (_k, mm: number) {
  if (!(yield* mmapReadLockFast(mm))) yield* mmapReadLockSlowpath(mm);
  return true;
});

const readLockOrDie: Procedure<Context, [number], boolean> = procedure(
  "mmap_read_lock_killable",
  function* (_k, mm: number) {
    return (yield* mmapReadLockFast(mm)) || (yield* mmapReadLockKillableSlowpath(mm));
  },
);

import {
  mmapReadLockFast,
  mmapReadLockSlowpath,
  mmapWriteLockFast,
  mmapWriteLockSlowpath,
} from "../events/mmap-lock-steps.ts";
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

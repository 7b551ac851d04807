import type { Steps } from "../events/step.ts";
import type { Context } from "../kernel/context.ts";
import { mutexUnlockSlow } from "../kernel/mutex-unlock.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import type { BinderHandle } from "./binder-handle.ts";
import type { RustBinderGeneration } from "./rust-generation.ts";
import { mmLock, rangeLockMm, rangeObject, rangeUnlockMm } from "./rust-range-state.ts";

/** Takes mm_lock, where the generation does. */
export function* lockRange({ alloc }: BinderHandle, gen: RustBinderGeneration): Steps<null> {
  if (gen.mmLock) yield* rangeLockMm(alloc);
  return null;
}

/** Drops mm_lock, where the generation took it. */
export const unlockRange: Procedure<Context, [BinderHandle, RustBinderGeneration], null> = procedure(
  "mm_lock_drop",
  function* (k, { alloc }: BinderHandle, gen: RustBinderGeneration) {
    if (!gen.mmLock) return null;
    if (gen.unlock === "at-once") return yield* rangeUnlockMm(alloc);
    return yield* mutexUnlockSlow(k, mmLock(alloc), rangeObject(alloc));
  },
);

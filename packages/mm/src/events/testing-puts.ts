import { mmRefs, mmUsers } from "../objects/mm.ts";
import { refHolder } from "../objects/word.ts";
import type { Kind } from "../store/component.ts";
import { exitMm, mmdrop, mmputAsync, mmputFinish, mmputTestzero } from "./mm-steps.ts";
import type { AnyStep } from "./step.ts";
import { refcountDecAndTest } from "./word-steps.ts";

/**
 * Steps that drop a reference and test whether it was the last: atomic_dec_and_test() of include/linux/atomic, as
 * mmput(), mmdrop() and refcount_dec_and_test() use it. Each reads holders until it meets a live one.
 */
export const testingPuts: readonly AnyStep[] = [
  refcountDecAndTest,
  mmputTestzero,
  exitMm,
  mmputAsync,
  mmdrop,
  mmputFinish,
];

/** Components that count references, one slot per holder: those that a testing put reads. */
export const holderKinds: readonly Kind<number>[] = [refHolder, mmUsers, mmRefs];

import type { Failure } from "../objects/failure.ts";
import { type AnyStep, type Step, step } from "./step.ts";

/** should_fail: whether this one fails, which is anybody's choice. lib/fault-inject.c */
export const shouldFail: Step<[Failure], boolean> = step(
  "should_fail",
  (tx, _what) => tx.choose("succeeds", "fails") === "fails",
);

export const failureSteps: readonly AnyStep[] = [shouldFail];

import { apply, type Machine, type Transition } from "../events/machine.ts";
import type { Effect, InPlace } from "../events/in-place.ts";
import type { Performer } from "../events/direct.ts";
import { drive } from "../events/drive.ts";
import type { Value } from "../store/value.ts";
import { type AnyStep, BLOCKED, type StepEvent, type Steps, STOPPED } from "../events/step.ts";
import type { Violation } from "../events/violation.ts";
import type { Table } from "../store/table.ts";

/** A piece of a thread that cannot go on although nothing else runs. */
export class StuckError extends Error {
  override readonly name = "StuckError";
  readonly code = "E_STUCK";
  readonly event: StepEvent;
  /** The rules that the step broke which stopped the task; none where it waits. */
  readonly violations: readonly Violation[];
  constructor(event: StepEvent, { status, violations }: Effect) {
    const broken = violations.map(({ rule, message }) => `; ${rule.name}: ${message}`).join("");
    super(`${event.op}(${JSON.stringify(event.args).slice(1, -1)}) of task ${event.task} is ${status}${broken}`);
    this.event = event;
    this.violations = violations;
  }
}

/**
 * Runs steps to their end with nobody else about, in place, as one task: set-up, and sequential programs.
 * @param observe called after each step with the event and what it did
 * @returns what the steps return
 * @throws StuckError when a step blocks, or stops the task: what that step wrote, and broke, stays in the table
 */
export function runAlone<R>(
  machine: Machine,
  table: Table,
  task: number,
  steps: Steps<R>,
  observe?: (event: StepEvent, transition: Transition) => void,
): R {
  return drive(steps, (step, args) => {
    const event: StepEvent = { task, op: step.op, args };
    const transition = apply(machine, table, event);
    const chosen = transition.choicePoint?.options[0];
    if (transition.status === "blocked") throw new StuckError(event, transition);
    table.apply(transition.writes);
    observe?.(chosen === undefined ? event : { ...event, choice: chosen }, transition);
    if (transition.status === "stopped") throw new StuckError(event, transition);
    return transition.result;
  });
}

/**
 * Does steps as one task with nobody else about, where nobody asks what they read: for long sequential programs.
 * @param watch called after each step; what it wrote `state` can tell
 * @returns for `directly`; throws StuckError as {@link runAlone}
 */
export function inPlacePerformer(
  state: InPlace,
  task: number,
  watch?: (step: AnyStep, args: readonly Value[], result: Value) => void,
): Performer {
  return (step, args) => {
    const outcome = state.step(task, step, args);
    if (outcome === BLOCKED || outcome === STOPPED) {
      throw new StuckError({ task, op: step.op, args }, state.effect(outcome));
    }
    watch?.(step, args, outcome);
    return outcome;
  };
}

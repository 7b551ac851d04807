import { apply, type Machine, type Transition } from "../events/machine.ts";
import type { Effect, InPlace } from "../events/in-place.ts";
import type { LoopTurn, Request, StepEvent, StepRequest, Steps } from "../events/step.ts";
import type { Violation } from "../events/violation.ts";
import type { Table } from "../store/table.ts";
import type { Value } from "../store/value.ts";

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
  return drive(steps, ({ step, args }) => {
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
 * The same, where nobody asks what the steps read and wrote: for long sequential programs.
 * @throws StuckError as above
 */
export function runInPlace<R>(state: InPlace, task: number, steps: Steps<R>): R {
  return drive(steps, ({ step, args }) => {
    const event: StepEvent = { task, op: step.op, args };
    const effect = state.apply(event);
    if (effect.status !== "done") throw new StuckError(event, effect);
    return effect.result;
  });
}

/** Answers what generators ask for: steps by `perform`, calls and loops by running their bodies. */
export function drive<R>(steps: Steps<R>, perform: (request: StepRequest) => Value): R {
  const answer = (request: Request): Value => {
    switch (request.kind) {
      case "step":
        return perform(request);
      case "call": {
        const { context, args } = request;
        const body = request.body as (...all: unknown[]) => Steps<Value | undefined>;
        return run(context === undefined ? body(...args) : body(context, ...args)) ?? null;
      }
      case "loop": {
        const body = request.body as (carried: Value) => Steps<LoopTurn>;
        for (let carried = request.carried; ;) {
          const turn = run(body(carried));
          if ("done" in turn) return turn.done;
          carried = turn.again;
        }
      }
    }
  };
  const run = <T>(part: Steps<T>): T => {
    let next = part.next();
    while (next.done !== true) next = part.next(answer(next.value));
    return next.value;
  };
  return run(steps);
}

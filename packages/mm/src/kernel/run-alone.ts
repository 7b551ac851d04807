import { apply, type Machine, type Transition } from "../events/machine.ts";
import type { LoopTurn, Request, StepEvent, Steps } from "../events/step.ts";
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
  constructor(event: StepEvent, { status, violations }: Transition) {
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
  const answer = (request: Request): Value => {
    switch (request.kind) {
      case "step": {
        const event: StepEvent = { task, op: request.step.op, args: request.args };
        const transition = apply(machine, table, event);
        const chosen = transition.choicePoint?.options[0];
        if (transition.status === "blocked") throw new StuckError(event, transition);
        table.apply(transition.writes);
        observe?.(chosen === undefined ? event : { ...event, choice: chosen }, transition);
        if (transition.status === "stopped") throw new StuckError(event, transition);
        return transition.result;
      }
      case "call": {
        const { context, args } = request;
        const body = request.body as (...all: unknown[]) => Steps<Value | undefined>;
        return drive(context === undefined ? body(...args) : body(context, ...args)) ?? null;
      }
      case "loop": {
        const body = request.body as (carried: Value) => Steps<LoopTurn>;
        for (let carried = request.carried; ;) {
          const turn = drive(body(carried));
          if ("done" in turn) return turn.done;
          carried = turn.again;
        }
      }
    }
  };
  const drive = <T>(part: Steps<T>): T => {
    let next = part.next();
    while (next.done !== true) next = part.next(answer(next.value));
    return next.value;
  };
  return drive(steps);
}

import type { StepRequest, Steps } from "../../packages/mm/src/events/step.ts";
import type { Value } from "../../packages/mm/src/store/value.ts";
import { firstOf, forgetMerged } from "./merged-steps.ts";
import { lookAndWrite, quietStep } from "./part-steps.ts";

export { everPaired, merging } from "./merged-steps.ts";

// What the sources with mutants call. Nothing here imports the whole of @faultline/mm, which imports those sources.

type Body = (...args: never[]) => Steps<unknown>;

let active: string | undefined;
let visited: Set<string> | undefined;

/** From here on calls take this mutant; none when undefined. Threads must be started anew. */
export function activate(key: string | undefined): void {
  active = key;
  if (key !== undefined) forgetMerged();
}

/** Runs with a note of every site that is reached. */
export function visiting<T>(sites: Set<string>, run: () => T): T {
  visited = sites;
  activate("visits");
  try {
    return run();
  } finally {
    visited = undefined;
    activate(undefined);
  }
}

/** The function that runs as the active mutant has it, or as it is. */
export function pick(original: Body, mutants: Readonly<Record<string, Body>>): Body {
  return function* (...args) {
    const body = active !== undefined && Object.hasOwn(mutants, active) ? mutants[active]! : original;
    return yield* body(...args);
  };
}

/** No steps, and this answer. */
export function* answer<T extends Value>(value: T): Steps<T> {
  return value;
}

/** The same steps, with a note that they were reached. */
export function* visit(steps: Steps<unknown>, site: string): Steps<unknown> {
  visited?.add(site);
  return yield* steps;
}

/** The step's answer, and nothing of what it does. */
export function quiet(steps: Steps<unknown>): Steps<unknown> {
  return each(steps, (request) => quietStep(request));
}

/** The step in two. */
export function* split(steps: Steps<unknown>): Steps<unknown> {
  const next = steps.next();
  if (next.done === true || next.value.kind !== "step") throw new Error("a split step must be one step");
  const result = yield* lookAndWrite(next.value);
  const end = steps.next(result);
  if (end.done !== true) throw new Error("a split step must be one step");
  return end.value;
}

/** The step, marked for the {@link merging} around it. */
export function first(steps: Steps<unknown>): Steps<unknown> {
  return each(steps, firstOf);
}

function* each(steps: Steps<unknown>, change: (request: StepRequest) => StepRequest): Steps<unknown> {
  for (let next = steps.next(); ;) {
    if (next.done === true) return next.value;
    next = steps.next(yield next.value.kind === "step" ? change(next.value) : next.value);
  }
}

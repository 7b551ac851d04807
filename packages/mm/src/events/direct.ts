import type { Value } from "../store/value.ts";
import type { AnyStep, Steps } from "./step.ts";

// Where one task runs alone, nobody chooses between a request and its answer. Procedures in direct style, which the build
// makes of the others by leaving out `function*` and `yield*`, do their steps where they are written.

/** Does a step of the one task that runs, and gives its result. */
export type Performer = (step: AnyStep, args: readonly Value[]) => Value;

/** What does steps where they are written; undefined where they have to be asked for. */
export let performer: Performer | undefined;

/** Runs a body in direct style: each step that it writes is done by `perform` at once, and gives its result. */
export function directly<R>(perform: Performer, body: () => R): R {
  const outer = performer;
  performer = perform;
  try {
    return body();
  } finally {
    performer = outer;
  }
}

/** Whether steps are done where they are written. */
export function isDirect(): boolean {
  return performer !== undefined;
}

/** No step at all: the result is known. */
export function known<R extends Value>(result: R): Steps<R> {
  return (performer === undefined ? new Known(result) : result) as unknown as Steps<R>;
}

/** Steps of which none is left: all that `yield*` asks of them. */
class Known {
  readonly done = true;
  readonly value: Value;

  constructor(value: Value) {
    this.value = value;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): this {
    return this;
  }
}

import type { Value } from "../store/value.ts";
import type { AnyStep, LoopTurn, Request, Steps } from "./step.ts";

// Where one task runs alone, nobody chooses between a request and its answer. Then a step need not be asked for: it is
// done where it is written, and `yield*` finds it done. The generators of a system call run through without a stop.

/** Does a step of the one task that runs, and gives its result. */
export type Performer = (step: AnyStep, args: readonly Value[]) => Value;

type Body = (...args: unknown[]) => Steps<Value | undefined>;
/** A turn of a loop. */
export type Turn = (carried: Value) => Steps<LoopTurn>;

let performer: Performer | undefined;
/** Whether a step was done whose result nobody has taken yet. */
let pending = false;

/** Answers what generators ask for: steps by `perform`, calls and loops by running their bodies. */
export function drive<R>(steps: Steps<R>, perform: Performer): R {
  let next = steps.next();
  while (next.done !== true) next = steps.next(answer(next.value, perform));
  return next.value;
}

/**
 * The same, but steps are done as soon as they are written. Each must be awaited where it is written, as `yield*` in
 * front of it does.
 * @throws Error for a step that is written and not awaited before the next
 */
export function driveAtOnce<R>(steps: Steps<R>, perform: Performer): R {
  const outer = performer;
  performer = perform;
  try {
    const result = drive(steps, perform);
    requireTaken();
    return result;
  } finally {
    performer = outer;
    pending = false;
  }
}

/** The step, done; undefined where it has to be asked for. */
export function stepAtOnce<R extends Value>(step: AnyStep, args: readonly Value[]): Steps<R> | undefined {
  if (performer === undefined) return undefined;
  requireTaken();
  const result = performer(step, args) as R;
  pending = true;
  return new Done(result) as unknown as Steps<R>;
}

/** The loop, gone round to its end; undefined where it has to be asked for. */
export function loopAtOnce<R extends Value>(carried: Value, body: Turn): Steps<R> | undefined {
  if (performer === undefined) return undefined;
  const result = goRound(carried, body, performer) as R;
  requireTaken();
  pending = true;
  return new Done(result) as unknown as Steps<R>;
}

/** Whether steps are done at once. */
export function isAtOnce(): boolean {
  return performer !== undefined;
}

/** No step at all: the result is known. */
export function known<R extends Value>(result: R): Steps<R> {
  return new Known(result) as unknown as Steps<R>;
}

function requireTaken(): void {
  if (pending) throw new Error("a step is written whose result nobody awaits there: yield* it where it is written");
}

function answer(request: Request, perform: Performer): Value {
  switch (request.kind) {
    case "step":
      return perform(request.step, request.args);
    case "call": {
      const { context, args } = request;
      const body = request.body as Body;
      return drive(context === undefined ? body(...args) : body(context, ...args), perform) ?? null;
    }
    case "loop":
      return goRound(request.carried, request.body as Turn, perform);
  }
}

function goRound(start: Value, body: Turn, perform: Performer): Value {
  for (let carried = start; ;) {
    const turn = drive(body(carried), perform);
    if ("done" in turn) return turn.done;
    carried = turn.again;
  }
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

/** Steps that are done already. */
class Done extends Known {
  override next(): this {
    pending = false;
    return this;
  }
}

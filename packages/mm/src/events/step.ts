import type { Value } from "../store/value.ts";
import { performer } from "./direct.ts";
import type { StepContext } from "./step-context.ts";

/** One atomic step of one task. Together with the state before it, it determines the state after it. */
export interface StepEvent {
  /** Task number: 0 sets the scenario up, its threads are 1, 2, … in the order in which they are written. */
  readonly task: number;
  /** Name of the step, as the kernel spells it: `mmap_write_downgrade`. */
  readonly op: string;
  readonly args: readonly Value[];
  /** Which of the step's possible outcomes happened, where it has several. */
  readonly choice?: string;
}

/** Returned by a reducer whose step cannot happen now. What it read up to here is the condition it waits for. */
export const BLOCKED: unique symbol = Symbol("blocked");
/** Returned by a reducer where the kernel could not go on (BUG_ON, an oops): the task ends, holding what it holds. */
export const STOPPED: unique symbol = Symbol("stopped");

/** What a reducer returns: the step's result, or one of the two marks. */
export type Outcome = Value | undefined | typeof BLOCKED | typeof STOPPED;

type Run<A extends readonly Value[]> = (tx: StepContext, ...args: A) => Outcome;

/** A step with its reducer, its argument types forgotten. */
export interface AnyStep {
  readonly op: string;
  /** Pure: what it does depends on its arguments, the choice and what it reads, on nothing else. */
  readonly run: (tx: StepContext, ...args: never[]) => Outcome;
}

/** A thread asks for a step. */
export interface StepRequest {
  readonly kind: "step";
  readonly step: AnyStep;
  readonly args: readonly Value[];
}

/** A thread calls a procedure: a frame of its own, of which only the returned value is remembered. */
export interface CallRequest {
  readonly kind: "call";
  readonly name: string;
  /** Two calls with the same body and equal arguments are the same frame. */
  readonly body: (...args: never[]) => Steps<Value | undefined>;
  readonly context: object | undefined;
  readonly args: readonly Value[];
}

/** A thread enters a loop: at its head the history is dropped, and only the carried value is remembered. */
export interface LoopRequest {
  readonly kind: "loop";
  readonly carried: Value;
  readonly body: (carried: never) => Steps<LoopTurn>;
}

export type LoopTurn = { readonly again: Value } | { readonly done: Value };

/** What a thread yields. */
export type Request = StepRequest | CallRequest | LoopRequest;

/** A piece of a thread: yields requests, is sent their results, returns R. It must depend on these results only. */
export type Steps<R> = Generator<Request, R, Value>;

/** A step as a thread writes it: `yield* mmapReadLock(mm)`. */
export interface Step<A extends readonly Value[], R extends Value> extends AnyStep {
  (...args: A): Steps<R>;
}

/**
 * Declares an atomic step.
 * @param op its name in events, as the kernel spells it
 * @param run its reducer; `undefined` counts as null
 */
export function step<A extends readonly Value[], R extends Value = null>(op: string, run: Run<A>): Step<A, R> {
  function* request(...args: A): Steps<R> {
    return (yield { kind: "step", step: declared, args }) as R;
  }
  const written = (...args: A): Steps<R> =>
    performer === undefined ? request(...args) : (performer(declared, args) as unknown as Steps<R>);
  const declared: Step<A, R> = Object.assign(written, {
    op,
    run: run as unknown as AnyStep["run"],
  });
  return declared;
}

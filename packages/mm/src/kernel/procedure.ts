import type { Steps } from "../events/step.ts";
import type { Value } from "../store/value.ts";

/** A kernel function made of steps. When it returns, only its result is remembered: paths that rejoin are one again. */
export type Procedure<C extends object, A extends readonly Value[], R extends Value> = (k: C, ...args: A) => Steps<R>;

/**
 * Declares a procedure: a frame of its own.
 * @param name the kernel function's
 * @param body its steps; depends on k's knobs, its arguments and the results of its steps only
 */
export function procedure<C extends object, A extends readonly Value[], R extends Value>(
  name: string,
  body: (k: C, ...args: A) => Steps<R>,
): Procedure<C, A, R> {
  const frame = function* (k: C, ...args: A): Steps<R> {
    return (yield { kind: "call", name, body: body as never, context: k, args }) as R;
  };
  Object.defineProperty(frame, "name", { value: name });
  return frame;
}

/**
 * A nameless frame inside a thread: `yield* frame(function* () { … })`. What happened inside is forgotten when it
 * returns. The body may look only at what its caller's history determines.
 */
export function frame<R extends Value>(body: () => Steps<R>): Steps<R> {
  return loop(null, once(body));
}

function once<R extends Value>(body: () => Steps<R>): (carried: null) => Steps<{ readonly done: R }> {
  return function* () {
    return { done: yield* body() };
  };
}

/**
 * A loop, written with its carried value: each turn returns `again(next)` or `done(result)`. A turn knows only what it
 * carries, so a retry comes back to where it was and an endless one has finitely many states.
 */
export function* loop<C extends Value, R extends Value>(
  carried: C,
  body: (carried: C) => Steps<{ readonly again: C } | { readonly done: R }>,
): Steps<R> {
  return (yield { kind: "loop", carried, body }) as R;
}

/** Goes round with this carried value. */
export function again<C extends Value>(next: C): { readonly again: C } {
  return { again: next };
}

/** Leaves the loop with this result. */
export function done<R extends Value = null>(result: R = null as R): { readonly done: R } {
  return { done: result };
}

import type { Value } from "../store/value.ts";

export { again, done } from "./procedure.ts";

// What procedures in direct style are declared with: procedure.ts where nobody has to be asked for anything. Frames tell who
// interleaves what may be forgotten; here nothing is remembered.

/** A procedure is its body. */
export function procedure<B>(_name: string, body: B): B {
  return body;
}

/** A frame is its body. */
export function frame<R>(body: () => R): R {
  return body();
}

/** A loop goes round until a turn is done. */
export function loop<C extends Value, R extends Value>(
  carried: C,
  body: (carried: C) => { readonly again: C } | { readonly done: R },
): R {
  for (let next = carried; ;) {
    const turn = body(next);
    if ("done" in turn) return turn.done;
    next = turn.again;
  }
}

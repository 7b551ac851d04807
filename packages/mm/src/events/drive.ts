import type { Value } from "../store/value.ts";
import { isDirect, type Performer } from "./direct.ts";
import type { LoopTurn, Request, Steps } from "./step.ts";

type Body = (...args: unknown[]) => Steps<Value | undefined>;
/** A turn of a loop. */
type Turn = (carried: Value) => Steps<LoopTurn>;

/**
 * Answers what generators ask for: steps by `perform`, calls and loops by running their bodies.
 * @throws Error where steps are done directly: a generator would ask for what is done already
 */
export function drive<R>(steps: Steps<R>, perform: Performer): R {
  if (isDirect()) throw new Error("procedures that ask for their steps cannot run where steps are done directly");
  let next = steps.next();
  while (next.done !== true) next = steps.next(answer(next.value, perform));
  return next.value;
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

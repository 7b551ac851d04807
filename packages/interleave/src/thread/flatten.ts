import type { LoopTurn, Request, StepRequest, Steps, Value } from "@faultline/mm";

/** The same thread without frames: calls and loops run inside, only steps come out. */
export function* flatten(steps: Steps<unknown>): Generator<StepRequest, Value, Value> {
  for (let next = steps.next(); ;) {
    if (next.done === true) return (next.value ?? null) as Value;
    next = steps.next(yield* answer(next.value));
  }
}

function* answer(request: Request): Generator<StepRequest, Value, Value> {
  switch (request.kind) {
    case "step":
      return yield request;
    case "call":
      return yield* flatten(startCall(request));
    case "loop":
      for (let carried = request.carried; ;) {
        const turn = (yield* flatten(startTurn(request, carried))) as unknown as LoopTurn;
        if ("done" in turn) return turn.done;
        carried = turn.again;
      }
  }
}

/** Starts the body of a called procedure. */
export function startCall(request: Request & { readonly kind: "call" }): Steps<unknown> {
  const body = request.body as (...all: unknown[]) => Steps<unknown>;
  return request.context === undefined ? body(...request.args) : body(request.context, ...request.args);
}

/** Starts one turn of a loop. */
export function startTurn(request: Request & { readonly kind: "loop" }, carried: Value): Steps<unknown> {
  return (request.body as (carried: Value) => Steps<unknown>)(carried);
}

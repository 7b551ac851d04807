import type { LoopTurn, Request, StepRequest, Steps, Value } from "@faultline/mm";
import type { Thread } from "@faultline/interleave";

/** A thread being run once: its pending step, and the way on. */
export interface ThreadCursor {
  readonly thread: Thread;
  /** undefined: the thread has returned. */
  readonly pending: StepRequest | undefined;
  /** Hands the pending step's result to the thread. */
  readonly resume: (result: Value) => void;
  /** The kernel could not go on: the thread ends here. */
  readonly stop: () => void;
}

/** Starts a thread. Procedures, frames and loops run inside; only steps come out. */
export function startThread(thread: Thread): ThreadCursor {
  const steps = flat(thread.start());
  let next = steps.next();
  let stopped = false;
  return {
    thread,
    get pending() {
      return stopped || next.done === true ? undefined : next.value;
    },
    resume: (result) => {
      next = steps.next(result);
    },
    stop: () => {
      stopped = true;
    },
  };
}

function* flat(steps: Steps<unknown>): Generator<StepRequest, Value, Value> {
  let next = steps.next();
  while (next.done !== true) next = steps.next(yield* answer(next.value));
  return (next.value ?? null) as Value;
}

function* answer(request: Request): Generator<StepRequest, Value, Value> {
  switch (request.kind) {
    case "step":
      return yield request;
    case "call": {
      const body = request.body as (...all: unknown[]) => Steps<unknown>;
      const { context, args } = request;
      return yield* flat(context === undefined ? body(...args) : body(context, ...args));
    }
    case "loop": {
      const body = request.body as (carried: Value) => Steps<unknown>;
      for (let { carried } = request; ;) {
        const turn = (yield* flat(body(carried))) as unknown as LoopTurn;
        if ("done" in turn) return turn.done;
        carried = turn.again;
      }
    }
  }
}

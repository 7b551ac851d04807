import type { LoopTurn, Request, StepRequest, Steps, Value } from "@faultline/mm";

interface Frame {
  readonly steps: Steps<unknown>;
  /** The kernel function's name, for a call. */
  readonly name?: string;
  /** Starts the next turn, for a loop. */
  readonly again?: (carried: Value) => Steps<LoopTurn>;
}

/** What a request becomes for those who begin it later. */
export type Swap = (request: Request) => Request;

/**
 * A procedure that is led along results it once had, calls and loops taken apart, and that may be gone on with from
 * where it stands.
 */
export class Rerun {
  readonly #stack: Frame[];
  /** The step that it stands before; undefined when it has returned. */
  pending: StepRequest | undefined;
  /** What it returned. */
  result: Value = null;

  constructor(steps: Steps<unknown>) {
    this.#stack = [{ steps }];
    this.#go(null);
  }

  /** The kernel functions that it is in, outermost first. */
  get calls(): readonly string[] {
    return this.#stack.flatMap(({ name }) => (name === undefined ? [] : [name]));
  }

  /** The pending step had this result. */
  feed(result: Value): void {
    this.#go(result);
  }

  /**
   * The rest of it, as steps of its own. Whatever stands on its stack ends as it began; turns of its loops that begin
   * from here on make the requests that `swap` makes of theirs.
   */
  *rest(swap: Swap): Steps<Value> {
    if (this.pending === undefined) return this.result;
    let input: Value = yield this.pending;
    for (let frame = this.#stack.pop(); frame !== undefined; frame = this.#stack.pop()) {
      let turn = frame.steps.next(input);
      while (turn.done !== true) turn = frame.steps.next(yield turn.value);
      input = (turn.value ?? null) as Value;
      if (frame.again === undefined) continue;
      const loop = input as LoopTurn;
      if ("done" in loop) input = loop.done;
      else input = yield { kind: "loop", carried: loop.again, body: swapped(frame.again, swap) };
    }
    return input;
  }

  #go(input: Value): void {
    for (;;) {
      const frame = this.#stack.at(-1)!;
      const turn = frame.steps.next(input);
      if (turn.done !== true) {
        if (turn.value.kind === "step") {
          this.pending = turn.value;
          return;
        }
        this.#stack.push(opened(turn.value));
        input = null;
        continue;
      }
      this.#stack.pop();
      input = (turn.value ?? null) as Value;
      if (frame.again !== undefined) {
        const loop = input as LoopTurn;
        if ("again" in loop) {
          this.#stack.push({ steps: frame.again(loop.again), again: frame.again });
          input = null;
          continue;
        }
        input = loop.done;
      }
      if (this.#stack.length > 0) continue;
      this.pending = undefined;
      this.result = input;
      return;
    }
  }
}

function opened(request: Exclude<Request, StepRequest>): Frame {
  if (request.kind === "call") {
    const body = request.body as (...all: unknown[]) => Steps<unknown>;
    const { context, args } = request;
    return { steps: context === undefined ? body(...args) : body(context, ...args), name: request.name };
  }
  const again = request.body as (carried: Value) => Steps<LoopTurn>;
  return { steps: again(request.carried), again };
}

/** A loop's body whose requests are swapped. */
function swapped(body: (carried: Value) => Steps<LoopTurn>, swap: Swap): (carried: Value) => Steps<LoopTurn> {
  return function* (carried) {
    const steps = body(carried);
    let turn = steps.next();
    while (turn.done !== true) turn = steps.next(yield swap(turn.value));
    return turn.value;
  };
}

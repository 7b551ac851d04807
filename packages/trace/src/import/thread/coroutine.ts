import type { LoopTurn, Request, Steps, Value } from "@faultline/mm";

/** What a running procedure asks for next: a step, or leave to return from a function that the trace tells of. */
export type Pending =
  | { readonly kind: "step"; readonly op: string; readonly args: readonly Value[] }
  | { readonly kind: "returned"; readonly name: string; readonly value: Value };

interface Frame {
  readonly steps: Generator<Request, unknown, Value>;
  /** Name of the kernel function, for a call. */
  readonly name?: string;
  /** Starts the next turn, for a loop. */
  readonly again?: (carried: Value) => Steps<LoopTurn>;
}

/**
 * A procedure of the model that runs step by step as the trace demands. Calls and loops are taken apart, so that it
 * always stands before one step, or behind the return of one of the functions in `watched`.
 */
export class Coroutine {
  readonly #stack: Frame[];
  readonly #watched: ReadonlySet<string>;
  /** Undefined when the procedure has returned. */
  pending: Pending | undefined;
  /** What it returned. */
  result: Value = null;

  constructor(steps: Steps<Value>, watched: ReadonlySet<string>) {
    this.#stack = [{ steps }];
    this.#watched = watched;
    this.#go(null);
  }

  /** Goes on with the step's result; after a return, with the returned value. */
  resume(result: Value): void {
    this.#go(this.pending?.kind === "returned" ? this.pending.value : result);
  }

  #go(input: Value): void {
    for (;;) {
      const frame = this.#stack.at(-1)!;
      const turn = frame.steps.next(input);
      if (turn.done !== true) {
        const opened = this.#open(turn.value);
        if (!opened) return;
        input = null;
        continue;
      }
      this.#stack.pop();
      let value = (turn.value ?? null) as Value;
      if (frame.again !== undefined) {
        const loop = value as LoopTurn;
        if ("again" in loop) {
          this.#stack.push({ steps: frame.again(loop.again), again: frame.again });
          input = null;
          continue;
        }
        value = loop.done;
      }
      if (this.#stack.length === 0) {
        this.pending = undefined;
        this.result = value;
        return;
      }
      if (frame.name !== undefined && this.#watched.has(frame.name)) {
        this.pending = { kind: "returned", name: frame.name, value };
        return;
      }
      input = value;
    }
  }

  /** Enters a call or a loop; false for a step, before which it stands still. */
  #open(request: Request): boolean {
    switch (request.kind) {
      case "step":
        this.pending = { kind: "step", op: request.step.op, args: request.args };
        return false;
      case "call": {
        const body = request.body as (...all: unknown[]) => Steps<Value>;
        const { context, args, name } = request;
        this.#stack.push({ steps: context === undefined ? body(...args) : body(context, ...args), name });
        return true;
      }
      case "loop": {
        const again = request.body as (carried: Value) => Steps<LoopTurn>;
        this.#stack.push({ steps: again(request.carried), again });
        return true;
      }
    }
  }
}

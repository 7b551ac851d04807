import type { CallRequest, LoopRequest, LoopTurn, Request, StepRequest, Steps, Value } from "@faultline/mm";
import type { Program, Thread } from "../program.ts";

/** What a thread holds only in its own belief, because the step that takes it was left out: objects, sorted. */
export type Believed = readonly string[];

/** What becomes of a request that is left out: its result, and what the thread believes to hold from then on. */
export interface LeftOut {
  readonly result: Value;
  readonly believed: Believed;
}

/** Goes along with one run of one frame's code. */
export interface FrameGuest {
  /** Whether a step or call is left out; undefined: it is made. */
  readonly leaveOut?: (request: StepRequest | CallRequest, believed: Believed) => LeftOut | undefined;
  /** A request was answered. */
  readonly saw?: (request: Request, result: Value) => void;
  /** The frame returns. */
  readonly returned?: (value: unknown) => void;
}

/** Goes along with a thread: asked for a guest for each run of a frame's code, in the kernel function of this name. */
export type Guest = (procedure: string | null) => FrameGuest;

/**
 * The program with one thread's code rewritten: the guest sees every request and may leave steps out. Frames stay frames:
 * a procedure with equal arguments and equal beliefs is one and the same, and what it leaves its caller with is its value
 * and the beliefs.
 */
export function rewriteThread(program: Program, task: number, guest: Guest): Program {
  const threads = program.threads.map((thread): Thread => {
    if (thread.task !== task) return thread;
    const rewriter = new Rewriter(guest);
    // The text of a thread's code says nothing any more of what it does.
    const { name, daemon } = thread;
    return { task, name, daemon, start: () => rewriter.run(thread.start(), null, []) };
  });
  return { ...program, threads };
}

/** What a rewritten frame gives its caller. */
type Given = readonly [value: Value, believed: Believed];

class Rewriter {
  readonly #guest: Guest;
  /** Bodies by the original: two calls of one procedure must stay calls of one. */
  readonly #bodies = new Map<object, CallRequest["body"]>();
  readonly #bodiesWithContext = new Map<object, CallRequest["body"]>();

  constructor(guest: Guest) {
    this.#guest = guest;
  }

  *run(steps: Steps<unknown>, procedure: string | null, start: Believed): Steps<Given> {
    const guest = this.#guest(procedure);
    let believed = start;
    for (let next = steps.next(); ;) {
      if (next.done === true) {
        guest.returned?.(next.value);
        return [(next.value ?? null) as Value, believed];
      }
      const request = next.value;
      let result: Value;
      switch (request.kind) {
        case "step": {
          const left = guest.leaveOut?.(request, believed);
          if (left === undefined) result = yield request;
          else ({ result, believed } = left);
          break;
        }
        case "call": {
          const left = guest.leaveOut?.(request, believed);
          if (left !== undefined) ({ result, believed } = left);
          else [result, believed] = (yield this.#call(request, believed)) as Given;
          break;
        }
        case "loop":
          [result, believed] = (yield this.#loop(request, procedure, believed)) as Given;
          break;
        default:
          // What is no request at all is the trie's to complain about.
          result = yield request;
      }
      guest.saw?.(request, result);
      next = steps.next(result);
    }
  }

  #call(request: CallRequest, believed: Believed): CallRequest {
    const bodies = request.context === undefined ? this.#bodies : this.#bodiesWithContext;
    let body = bodies.get(request.body);
    if (body === undefined) bodies.set(request.body, (body = this.#body(request)));
    return { ...request, body, args: [believed, ...request.args] };
  }

  #body({ name, body, context }: CallRequest): CallRequest["body"] {
    const original = body as (...all: unknown[]) => Steps<unknown>;
    return context === undefined
      ? (believed: Believed, ...args: Value[]) => this.run(original(...args), name, believed)
      : (given: object, believed: Believed, ...args: Value[]) => this.run(original(given, ...args), name, believed);
  }

  #loop({ carried, body }: LoopRequest, procedure: string | null, believed: Believed): LoopRequest {
    const original = body as (carried: Value) => Steps<unknown>;
    const turn = function* (this: Rewriter, [from, start]: Given): Steps<LoopTurn> {
      const [turned, end] = yield* this.run(original(from), procedure, start);
      return carry(turned, end);
    };
    return { kind: "loop", carried: [carried, believed], body: turn.bind(this) };
  }
}

/** The turn of a loop, with beliefs. What is no turn stays what it is: the trie complains about it. */
function carry(turned: unknown, believed: Believed): LoopTurn {
  if (typeof turned !== "object" || turned === null) return turned as LoopTurn;
  if ("again" in turned) return { again: [turned.again as Value, believed] };
  return "done" in turned ? { done: [(turned.done ?? null) as Value, believed] } : (turned as LoopTurn);
}

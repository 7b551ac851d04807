import { type Request, type StepRequest, canonical } from "@faultline/mm";
import type { PagePair } from "../symmetry/pages-apart.ts";

/** A thread whose code is at fault: the check cannot be trusted, so there is no verdict. */
export class ThreadError extends Error {
  override readonly name: string = "ThreadError";
  /** E_THREAD_THROWS, E_THREAD_YIELD, E_THREAD_ENDLESS, E_NONDETERMINISM or E_THREADS. */
  readonly code: string;
  readonly thread: string;

  constructor(code: string, thread: string, message: string, cause?: unknown) {
    super(`thread ${thread}: ${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.thread = thread;
  }
}

/** The thread made another step, although it had seen the same results. */
export function nondeterminism(thread: string, first: string, second: string): ThreadError {
  return new ThreadError(
    "E_NONDETERMINISM",
    thread,
    `is not deterministic: with the same results it did ${first} once and ${second} another time. ` +
      "A thread may depend on the results of its steps only: not on time, chance, or variables that it shares " +
      "between frames or runs.",
  );
}

/** A request in words, equal exactly when the requests are. */
export function describe(request: Request | { readonly returned: unknown }): string {
  if ("returned" in request) {
    return request.returned === undefined ? "return" : `return ${JSON.stringify(request.returned)}`;
  }
  switch (request.kind) {
    case "step":
      return describeStep(request);
    case "call":
      return `call ${request.name}(${request.args.map(canonical).join(", ")})`;
    case "loop":
      return `enter a loop or frame with ${canonical(request.carried)}`;
  }
}

/** `op(args)` in canonical spelling. */
export function describeStep(request: StepRequest): string {
  return `${request.step.op}(${request.args.map(canonical).join(", ")})`;
}

/** Threads that were taken for the same program are not: what was concluded from it must be done anew without. */
export class NotAlikeError extends Error {
  override readonly name = "NotAlikeError";
  /** Threads, by number, that do not do what the first of their set does; none where no thread is to blame. */
  readonly apart: readonly number[];
  /**
   * By thread: pages that stand in its steps where others stand in those of the first of its set. It may be alike all the
   * same, if they are exchanged with it.
   */
  readonly pages: ReadonlyMap<number, readonly PagePair[]>;

  constructor(
    message: string,
    apart: readonly number[] = [],
    pages: ReadonlyMap<number, readonly PagePair[]> = new Map(),
  ) {
    super(message);
    this.apart = apart;
    this.pages = pages;
  }
}

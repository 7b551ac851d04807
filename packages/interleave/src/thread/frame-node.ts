import { canonical, type Request, type Steps, type Value } from "@faultline/mm";
import { describe, nondeterminism, ThreadError } from "./errors.ts";

/** The code of one frame: a thread's body, a procedure with its arguments, or one turn of a loop. */
export interface FrameCode {
  readonly thread: string;
  readonly start: () => Steps<unknown>;
  /** Which code it is, with its arguments: frames of one trie with equal labels and equal results are alike. */
  readonly label: Value;
}

/** What a frame does next. */
export type Outcome = Request | { readonly kind: "return"; readonly value: unknown };

/**
 * A frame with the results it has seen so far. Generators cannot be copied, so a node keeps none: its outcome is found
 * once by running the code again along its history, and looked up ever after.
 */
export class FrameNode {
  readonly code: FrameCode;
  readonly outcome: Outcome;
  readonly #parent: FrameNode | undefined;
  readonly #seen: Value;
  readonly #children = new Map<string, FrameNode>();
  /** Frames entered from here, by what tells them apart. */
  readonly entered: Map<string, FrameNode> = new Map();

  private constructor(code: FrameCode, parent: FrameNode | undefined, seen: Value) {
    this.code = code;
    this.#parent = parent;
    this.#seen = seen;
    this.outcome = this.#run();
    const again = this.#run();
    const [first, second] = [describeOutcome(this.outcome), describeOutcome(again)];
    if (first !== second) throw nondeterminism(code.thread, first, second);
  }

  static root(code: FrameCode): FrameNode {
    return new FrameNode(code, undefined, null);
  }

  /** The node after one more result. */
  after(result: Value): FrameNode {
    const key = canonical(result);
    let child = this.#children.get(key);
    if (child === undefined) this.#children.set(key, (child = new FrameNode(this.code, this, result)));
    return child;
  }

  /** The frame as data: its label and what it has seen. */
  describe(): Value[] {
    if (this.#parent === undefined) return [this.code.label];
    return [...this.#parent.describe(), this.#seen];
  }

  #run(): Outcome {
    const path: FrameNode[] = [];
    for (let node: FrameNode | undefined = this.#parent; node !== undefined; node = node.#parent) path.push(node);
    const steps = this.#guard(() => this.code.start());
    let reached = this.#next(steps, undefined);
    for (let i = path.length - 1; i >= 0; i--) {
      const before = path[i]!;
      const [expected, got] = [describeOutcome(before.outcome), describeOutcome(reached)];
      if (expected !== got) throw nondeterminism(this.code.thread, expected, got);
      reached = this.#next(steps, i === 0 ? this.#seen : path[i - 1]!.#seen);
    }
    return reached;
  }

  #next(steps: Steps<unknown>, result: Value | undefined): Outcome {
    const next = this.#guard(
      () => (result === undefined ? steps.next() : steps.next(result)) as IteratorResult<unknown>,
    );
    if (next.done === true) return { kind: "return", value: next.value };
    if (!isRequest(next.value)) {
      throw new ThreadError(
        "E_THREAD_YIELD",
        this.code.thread,
        `yielded ${summary(next.value)}, which is no step. Write \`yield*\` before each step and procedure.`,
      );
    }
    return next.value;
  }

  #guard<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (error instanceof ThreadError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new ThreadError("E_THREAD_THROWS", this.code.thread, `threw: ${reason}`, error);
    }
  }
}

function describeOutcome(outcome: Outcome): string {
  return outcome.kind === "return" ? describe({ returned: outcome.value }) : describe(outcome);
}

function isRequest(value: unknown): value is Request {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  switch (value.kind) {
    case "step":
      return "step" in value && "args" in value && Array.isArray(value.args);
    case "call":
      return "body" in value && "args" in value && Array.isArray(value.args);
    case "loop":
      return "body" in value && "carried" in value;
    default:
      return false;
  }
}

function summary(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null)
    return Symbol.iterator in value ? "a generator or list" : "an object";
  return String(value);
}

import { canonical, type LoopTurn, type StepRequest, type Steps, type Value } from "@faultline/mm";
import { type PagePair, pagesApart } from "../symmetry/pages-apart.ts";
import { describeStep, NotAlikeError, nondeterminism, ThreadError } from "./errors.ts";
import { flatten, startCall, startTurn } from "./flatten.ts";
import { FrameNode } from "./frame-node.ts";

/** Turns of loops and frames that a thread may make between two steps. */
const MAX_FRAMES_BETWEEN_STEPS = 10_000;

/**
 * Where a thread stands: a stack of frames with the results each has seen. Equal stacks are one position, so a thread's
 * whole local state is its number.
 */
export interface Position {
  /** 0 when the thread has returned, 1 when it was stopped, else from 2 in order of first visit. */
  readonly id: number;
  /** The pending step; undefined when the thread is over. */
  readonly request: StepRequest | undefined;
  /** The position after the pending step, by number of its result. Filled by {@link Trie.after}. */
  readonly next: (Position | undefined)[];
  /** @internal */
  readonly frame: FrameNode | undefined;
  /** @internal */
  readonly callers: Stack | undefined;
  /** How the position was first reached: one of the histories it stands for. @internal */
  readonly witness: { readonly before: Position; readonly result: Value; readonly resultId: number } | undefined;
}

interface Stack {
  readonly frame: FrameNode;
  readonly callers: Stack | undefined;
  readonly above: Map<FrameNode, Stack>;
  readonly positions: Map<FrameNode, Position>;
}

/** Another thread's program that is said to be the same. */
export interface AlikeProgram {
  /** Number of that thread. */
  readonly thread: number;
  readonly start: () => Steps<unknown>;
  /** By page of the trie's thread: the one that it names instead. Absent: it names the same ones. */
  readonly pages?: ReadonlyMap<number, number>;
}

/** A thread program, compiled lazily. */
export class Trie {
  readonly start: Position;
  readonly finished: Position = over(0);
  readonly stopped: Position = over(1);
  /** Whether some loop has gone round: then positions, and states, may form cycles. */
  cyclic = false;
  readonly #positions: Position[] = [this.finished, this.stopped];
  readonly #thread: string;
  readonly #program: () => Steps<unknown>;
  readonly #alike: readonly AlikeProgram[];
  /** By thread that names other pages: its pending steps, by position. */
  readonly #own = new Map<number, (StepRequest | undefined)[]>();
  readonly #bodies = new Map<object, Map<object | undefined, Map<string, FrameNode>>>();
  /** Where what has no caller is interned. */
  readonly #base: Stack;
  readonly #procedures = new Map<string, object>();
  readonly #edges = new Set<string>();
  readonly #bodyIds = new Map<object, number>();

  /** @throws NotAlikeError, now or later, when a program that is said to be the same does something else */
  constructor(thread: string, program: () => Steps<unknown>, alike: readonly AlikeProgram[] = []) {
    this.#thread = thread;
    this.#program = program;
    this.#alike = alike;
    const root = FrameNode.root({ thread, start: program, label: null });
    this.#base = stack(root, undefined);
    this.start = this.#settle(root, undefined, undefined);
    this.#checkAlike([], this.start);
  }

  /** Number of positions found so far, the two ends included. */
  get size(): number {
    return this.#positions.length;
  }

  /** All positions found so far. */
  positions(): readonly Position[] {
    return this.#positions;
  }

  /** Procedures entered so far, with the functions that are their bodies. */
  procedures(): ReadonlyMap<string, object> {
    return this.#procedures;
  }

  position(id: number): Position {
    return this.#positions[id]!;
  }

  /** The step that a thread of this program has pending there: the trie's own, but for the pages that it names. */
  request({ id, request }: Position, thread: number): StepRequest | undefined {
    return this.#own.get(thread)?.[id] ?? request;
  }

  /** What threads of this program that name other pages have pending at a position, in words. */
  othersAt(id: number): string {
    return [...this.#own.values()].map((own) => (own[id] === undefined ? "" : canonical(own[id].args))).join(" ");
  }

  /** The position after the pending step returned this result. `resultId` is the result's number, for the look-up. */
  after(position: Position, result: Value, resultId: number): Position {
    const known = position.next[resultId];
    if (known !== undefined) return known;
    const frame = position.frame!.after(result);
    const reached = this.#settle(frame, position.callers, { before: position, result, resultId });
    this.#checkRejoin(position, result, reached);
    position.next[resultId] = reached;
    return reached;
  }

  /** Enters and leaves frames until a step is pending or the thread is over. */
  #settle(frame: FrameNode, callers: Stack | undefined, witness: Position["witness"]): Position {
    for (let turns = 0; turns < MAX_FRAMES_BETWEEN_STEPS; turns++) {
      const { outcome } = frame;
      switch (outcome.kind) {
        case "step":
          return this.#intern(frame, callers, outcome, witness);
        case "call":
        case "loop":
          callers = this.#push(frame, callers);
          frame = outcome.kind === "call" ? this.#procedure(frame) : this.#turn(frame, outcome.carried);
          break;
        case "return": {
          if (callers === undefined) return this.finished;
          const caller: Stack = callers;
          const request = caller.frame.outcome;
          const turn = request.kind === "loop" ? this.#asTurn(outcome.value) : undefined;
          if (turn !== undefined && "again" in turn) {
            this.cyclic = true;
            frame = this.#turn(caller.frame, turn.again);
          } else {
            frame = caller.frame.after(turn === undefined ? ((outcome.value ?? null) as Value) : turn.done);
            callers = caller.callers;
          }
          break;
        }
      }
    }
    throw new ThreadError("E_THREAD_ENDLESS", this.#thread, "goes round in a loop that makes no step");
  }

  #asTurn(value: unknown): LoopTurn {
    if (typeof value === "object" && value !== null && ("again" in value || "done" in value)) return value as LoopTurn;
    throw new ThreadError("E_THREAD_YIELD", this.#thread, "a loop's body must return again(carried) or done(result)");
  }

  #push(frame: FrameNode, callers: Stack | undefined): Stack {
    return getOrAdd((callers ?? this.#base).above, frame, () => stack(frame, callers));
  }

  /** A called procedure's frame is shared by all who call the same body with equal arguments. */
  #procedure(caller: FrameNode): FrameNode {
    const request = caller.outcome;
    if (request.kind !== "call") throw new Error("not a call");
    this.#procedures.set(request.name, request.body);
    const contexts = getOrAdd(this.#bodies, request.body, () => new Map<object | undefined, Map<string, FrameNode>>());
    const byArgs = getOrAdd(contexts, request.context, () => new Map<string, FrameNode>());
    return getOrAdd(byArgs, canonical(request.args), () =>
      FrameNode.root({
        thread: this.#thread,
        start: () => startCall(request),
        label: [this.#bodyId(request.body, request.context), request.args],
      }),
    );
  }

  #bodyId(body: object, context: object | undefined): string {
    const ids = this.#bodyIds;
    for (const part of [body, context ?? this]) if (!ids.has(part)) ids.set(part, ids.size);
    return `${ids.get(body)}.${ids.get(context ?? this)}`;
  }

  /** Where a thread stands, as data: its frames with what they have seen, innermost first. Equal data, equal futures. */
  describe(position: Position): Value[] {
    if (position.frame === undefined) return [position.id];
    const frames = [position.frame.describe()];
    for (let at = position.callers; at !== undefined; at = at.callers) frames.push(at.frame.describe());
    return frames;
  }

  #turn(site: FrameNode, carried: Value): FrameNode {
    const request = site.outcome;
    if (request.kind !== "loop") throw new Error("not a loop");
    return getOrAdd(site.entered, canonical(carried), () =>
      FrameNode.root({ thread: this.#thread, start: () => startTurn(request, carried), label: [carried] }),
    );
  }

  #intern(frame: FrameNode, callers: Stack | undefined, request: StepRequest, witness: Position["witness"]): Position {
    const { positions } = callers ?? this.#base;
    const known = positions.get(frame);
    if (known !== undefined) return known;
    const position: Position = { id: this.#positions.length, request, next: [], frame, callers, witness };
    positions.set(frame, position);
    this.#positions.push(position);
    return position;
  }

  /** Re-runs the whole thread along the history that led here, frames and all: they must not leak what they forget. */
  #checkRejoin(before: Position, result: Value, reached: Position): void {
    const edge = `${before.id} ${canonical(result)}`;
    if (this.#edges.has(edge)) return;
    this.#edges.add(edge);
    const results: Value[] = [result];
    for (let at = before; at.witness !== undefined; at = at.witness.before) results.unshift(at.witness.result);
    const expected = describePending(reached);
    const got = describeRequest(rerun(this.#program, results));
    if (got !== expected) throw nondeterminism(this.#thread, expected, got);
    this.#checkAlike(results, reached);
  }

  #checkAlike(results: readonly Value[], reached: Position): void {
    const apart: number[] = [];
    const pages = new Map<number, readonly PagePair[]>();
    for (const alike of this.#alike) {
      const found = this.#compare(alike, results, reached);
      if (found === "apart") apart.push(alike.thread);
      else if (found.length > 0) pages.set(alike.thread, found);
    }
    if (apart.length === 0 && pages.size === 0) return;
    const message = "threads with the same text do different things";
    if (apart.length > 0) throw new NotAlikeError(message, apart);
    // Either each of them has pages of its own, or those that have stand apart.
    if (pages.size < this.#alike.length) throw new NotAlikeError(message, [...pages.keys()]);
    throw new NotAlikeError(message, [], pages);
  }

  /** Whether a program does the same; else by which pages it differs that are not known to. */
  #compare({ thread, start, pages }: AlikeProgram, results: readonly Value[], reached: Position): PagePair[] | "apart" {
    let got: StepRequest | undefined;
    try {
      got = rerun(start, results);
    } catch {
      // What is wrong with it is said when it is looked at by itself.
      return "apart";
    }
    if (pages === undefined) return describeRequest(got) === describePending(reached) ? [] : "apart";
    if (got === undefined || got.step.op !== reached.request?.step.op) {
      return got === undefined && reached.request === undefined ? [] : "apart";
    }
    const pairs = pagesApart(reached.request.args, got.args);
    if (pairs === undefined || pairs.some(([page, other]) => (pages.get(page) ?? other) !== other)) return "apart";
    const own = getOrAdd(this.#own, thread, () => []);
    const before = own[reached.id];
    // Where histories meet, they must meet for it too.
    if (before !== undefined && describeStep(before) !== describeStep(got)) return "apart";
    own[reached.id] = got;
    return pairs.filter(([page]) => !pages.has(page));
  }
}

/** Runs a whole thread along these results, frames and all. @returns what it does next; undefined: it is over */
function rerun(program: () => Steps<unknown>, results: readonly Value[]): StepRequest | undefined {
  const run = flatten(program());
  let next = run.next();
  for (const value of results) {
    if (next.done === true) break;
    next = run.next(value);
  }
  return next.done === true ? undefined : next.value;
}

/** What is pending at a position, in words. */
export function describePending({ request }: Position): string {
  return describeRequest(request);
}

function describeRequest(request: StepRequest | undefined): string {
  return request === undefined ? "return" : describeStep(request);
}

function stack(frame: FrameNode, callers: Stack | undefined): Stack {
  return { frame, callers, above: new Map(), positions: new Map() };
}

function over(id: number): Position {
  return { id, request: undefined, next: [], frame: undefined, callers: undefined, witness: undefined };
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

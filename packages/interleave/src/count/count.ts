import type { Program } from "../program.ts";
import { LANES } from "../space/fingerprint.ts";
import type { Leaf } from "../space/memo.ts";
import { Space } from "../space/space.ts";
import { byFootprint, type Dependence, type Transition } from "./dependence.ts";

/** Exact numbers of runs, found without walking them one by one. */
export interface Count {
  /** Maximal runs. */
  readonly interleavings: bigint;
  /** Mazurkiewicz classes of maximal runs, under the dependence given. */
  readonly classes: bigint;
  readonly states: number;
  /** Pairs of state and sleep set. */
  readonly nodes: number;
}

export interface CountOptions {
  /** Default: observed footprints. Another one is for comparison with published counts. */
  readonly dependence?: Dependence;
  /** Pairs of state and sleep set that may be stored. Default 2,000,000. */
  readonly maxNodes?: number;
}

/** The program cannot be counted: it has endless runs, or more states than the budget. */
export class CountError extends Error {
  override readonly name = "CountError";
  /** E_COUNT_CYCLE or E_COUNT_BUDGET. */
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Counts a program's maximal runs and their classes. Runs: paths over states. Classes: paths over pairs of state and
 * sleep set; with every enabled transition explored, sleep sets complete each class exactly once (Godefroid), and a node
 * all of whose transitions sleep completes none.
 * @throws CountError for a program whose states form a cycle, or one that outgrows the budget
 */
export function countRuns(program: Program, options: CountOptions = {}): Count {
  const counter = new Counter(program, options);
  const interleavings = counter.runs(false);
  const states = counter.nodes;
  const classes = counter.runs(true);
  return { interleavings, classes, states, nodes: counter.nodes };
}

interface Frame {
  readonly key: string;
  readonly vector: Int32Array;
  readonly fingerprint: Int32Array;
  readonly enabled: readonly Transition[];
  /** One bit per enabled transition: asleep here, or taken already. */
  asleep: number;
  next: number;
  total: bigint;
}

const OPEN = -1n;

class Counter {
  nodes = 0;
  readonly #space: Space;
  readonly #dependence: Dependence;
  readonly #maxNodes: number;

  constructor(program: Program, options: CountOptions) {
    this.#space = new Space(program);
    this.#dependence = options.dependence ?? byFootprint;
    this.#maxNodes = options.maxNodes ?? 2_000_000;
  }

  /** Paths from the initial state, over (state, sleep set) when `sleep` is set, else over states. */
  runs(sleep: boolean): bigint {
    this.nodes = 0;
    const known = new Map<string, bigint>();
    this.#space.reset();
    const stack: Frame[] = [this.#enter(known, [])];
    for (;;) {
      const frame = stack.at(-1)!;
      if (frame.next < frame.enabled.length) {
        const i = frame.next++;
        if ((frame.asleep & (1 << i)) !== 0) continue;
        const chosen = frame.enabled[i]!;
        const asleep = sleep ? this.#stillAsleep(frame, chosen) : [];
        if (sleep) frame.asleep |= 1 << i;
        this.#make(frame, chosen);
        const key = this.#key(asleep);
        const total = known.get(key);
        if (total === OPEN)
          throw new CountError("E_COUNT_CYCLE", "the program has endless runs: they cannot be counted");
        if (total === undefined) stack.push(this.#enter(known, asleep));
        else frame.total += total;
        continue;
      }
      known.set(frame.key, frame.total);
      stack.pop();
      const below = stack.at(-1);
      if (below === undefined) return frame.total;
      below.total += frame.total;
    }
  }

  #enter(known: Map<string, bigint>, asleep: readonly Transition[]): Frame {
    if (++this.nodes > this.#maxNodes) {
      throw new CountError("E_COUNT_BUDGET", `more than ${this.#maxNodes} pairs of state and sleep set`);
    }
    const space = this.#space;
    const key = this.#key(asleep);
    known.set(key, OPEN);
    const enabled: Transition[] = [];
    const leaves: Leaf[] = [];
    for (let thread = 0; thread < space.program.threads.length; thread++) {
      const count = space.pending(thread, leaves);
      for (const leaf of leaves.slice(0, count)) {
        if (leaf.status !== "blocked") enabled.push({ thread, leaf, event: space.event(thread, leaf) });
      }
    }
    if (enabled.length > 31) throw new CountError("E_COUNT_BUDGET", "more than 31 transitions enabled in one state");
    let bits = 0;
    enabled.forEach((one, i) => {
      if (asleep.some((other) => other.thread === one.thread && other.leaf === one.leaf)) bits |= 1 << i;
    });
    return {
      key,
      vector: space.vector.slice(0, space.slots.size),
      fingerprint: space.fingerprint.slice(),
      enabled,
      asleep: bits,
      next: 0,
      total: enabled.length === 0 ? 1n : 0n,
    };
  }

  /** Of those asleep or taken before, the ones that are independent of the chosen transition. */
  #stillAsleep(frame: Frame, chosen: Transition): Transition[] {
    return frame.enabled.filter(
      (one, i) => (frame.asleep & (1 << i)) !== 0 && one !== chosen && !this.#dependence(one, chosen),
    );
  }

  #make({ vector, fingerprint }: Frame, { thread, leaf }: Transition): void {
    const space = this.#space;
    space.vector.fill(0);
    space.vector.set(vector);
    for (let lane = 0; lane < LANES; lane++) space.fingerprint[lane] = fingerprint[lane]!;
    const reached = space.reached(thread, leaf);
    for (let i = 0; i < leaf.writes.length; i += 2) space.set(leaf.writes[i]!, leaf.writes[i + 1]!);
    space.set(thread, reached);
  }

  #key(asleep: readonly Transition[]): string {
    const [a, b, c, d] = this.#space.fingerprint;
    return `${a} ${b} ${c} ${d} ${asleep.map(({ thread, leaf }) => `${thread}${leaf.choice ?? ""}`).join(",")}`;
  }
}

import type { Program } from "../program.ts";
import { Space } from "../space/space.ts";
import { byFootprint, type Dependence, sameTransition, type Transition } from "./dependence.ts";
import { enabledIn, make, restore, saved, type SavedState } from "./moves.ts";
import { type Puts, PutTests } from "./puts.ts";

/** Exact numbers of runs, found without walking them one by one. */
export interface Count {
  /** Maximal runs. */
  readonly interleavings: bigint;
  /** Mazurkiewicz classes of maximal runs, under the dependence given. */
  readonly classes: bigint;
  readonly states: number;
  /** Pairs of state and sleep set. */
  readonly nodes: number;
  readonly puts: Puts;
  /**
   * Classes when no put reads other holders to find out whether it is the last. Undefined where no put tests, and where
   * one can be the last: then the test decides who goes on, and is no part that could be left out.
   */
  readonly classesWithoutTest: bigint | undefined;
}

export interface CountOptions {
  /** Default: observed footprints. Another one is for comparison with published counts. */
  readonly dependence?: Dependence;
  /** Pairs of state and sleep set that may be stored. Default 2,000,000. */
  readonly maxNodes?: number;
  /** Asked now and then whether time is up: this package has no clock. */
  readonly expired?: () => boolean;
}

/** The program cannot be counted: it has endless runs, or more states than the budget. */
export class CountError extends Error {
  override readonly name = "CountError";
  /** E_COUNT_CYCLE, E_COUNT_BUDGET or E_COUNT_TIME. */
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Counts a program's maximal runs and their classes. Runs: paths over states. Classes: paths over pairs of state and
 * sleep set; with every enabled transition explored, sleep sets complete each class exactly once (Godefroid), and a node
 * all of whose transitions sleep completes none. What sleeps is a thread with a choice.
 * @throws CountError for a program whose states form a cycle, or one that outgrows the budget
 */
export function countRuns(program: Program, options: CountOptions = {}): Count {
  const counter = new Counter(program, options);
  const interleavings = counter.runs(undefined);
  const states = counter.nodes;
  const classes = counter.runs(options.dependence ?? byFootprint);
  const { nodes } = counter;
  const { puts, withoutTest } = counter.putTests;
  const testless = puts.steps.length > 0 && !puts.last && options.dependence === undefined;
  const classesWithoutTest = testless ? counter.runs(withoutTest) : undefined;
  return { interleavings, classes, states, nodes, puts, classesWithoutTest };
}

interface Frame extends SavedState {
  readonly key: string;
  readonly enabled: readonly Transition[];
  /** Asleep here, or taken already, by number. */
  readonly asleep: boolean[];
  next: number;
  total: bigint;
}

const OPEN = -1n;

class Counter {
  nodes = 0;
  readonly putTests: PutTests;
  readonly #space: Space;
  readonly #maxNodes: number;
  readonly #expired: () => boolean;

  constructor(program: Program, { maxNodes = 2_000_000, expired = () => false }: CountOptions) {
    this.#space = new Space(program);
    this.putTests = new PutTests(this.#space.slots);
    this.#maxNodes = maxNodes;
    this.#expired = expired;
  }

  /** Paths from the initial state: over (state, sleep set) with a dependence, else over states. */
  runs(dependence: Dependence | undefined): bigint {
    this.nodes = 0;
    const known = new Map<string, bigint>();
    this.#space.reset();
    const stack: Frame[] = [this.#enter(known, [])];
    for (;;) {
      const frame = stack.at(-1)!;
      if (frame.next < frame.enabled.length) {
        const i = frame.next++;
        if (frame.asleep[i] === true) continue;
        const chosen = frame.enabled[i]!;
        const asleep = dependence === undefined ? [] : stillAsleep(frame, chosen, dependence);
        if (dependence !== undefined) frame.asleep[i] = true;
        restore(this.#space, frame);
        make(this.#space, chosen);
        const total = known.get(this.#key(asleep));
        if (total === OPEN) {
          throw new CountError("E_COUNT_CYCLE", "the program has endless runs: they cannot be counted");
        }
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
      throw new CountError("E_COUNT_BUDGET", `there are more than ${this.#maxNodes} pairs of state and sleep set`);
    }
    if ((this.nodes & 1023) === 0 && this.#expired()) throw new CountError("E_COUNT_TIME", "time is up");
    const key = this.#key(asleep);
    known.set(key, OPEN);
    const state = saved(this.#space);
    const enabled = enabledIn(this.#space);
    for (const one of enabled) this.putTests.note(one);
    return {
      ...state,
      key,
      enabled,
      asleep: enabled.map((one) => asleep.some((other) => sameTransition(one, other))),
      next: 0,
      total: enabled.length === 0 ? 1n : 0n,
    };
  }

  #key(asleep: readonly Transition[]): string {
    const [a, b, c, d] = this.#space.fingerprint;
    return `${a} ${b} ${c} ${d} ${asleep.map(({ thread, leaf }) => `${thread}:${leaf.choice ?? ""}`).join(",")}`;
  }
}

/** Of those asleep or taken before, the ones that are independent of the chosen transition. */
function stillAsleep({ enabled, asleep }: Frame, chosen: Transition, dependence: Dependence): Transition[] {
  return enabled.filter((one, i) => asleep[i] === true && one !== chosen && !dependence(one, chosen));
}

import { byFootprint, sameTransition, type Transition } from "../count/dependence.ts";
import { isEnabled, make, movesOf, restore, saved, type SavedState } from "../count/moves.ts";
import type { Program } from "../program.ts";
import { Space } from "../space/space.ts";
import { Reversals } from "./reversals.ts";
import { happensBefore, Run, type RunEvent } from "./run.ts";
import { insertSequence, isWeakInitial, wakeupRoot, type WakeupNode } from "./wakeup-tree.ts";

/** In which order threads are tried where nothing else decides. The number of classes does not depend on it. */
export type SchedulingOrder = "oldest" | "newest" | { readonly seed: number };

export interface ClassesOptions {
  readonly order?: SchedulingOrder;
  /** Called after each event executed; `run` gives the run so far, the event included. */
  readonly onEvent?: (transition: Transition, run: () => readonly Transition[]) => void;
  /** Called with each complete run, a deadlocked one included; the space is in its last state. */
  readonly onRun?: (run: readonly Transition[], space: Space) => void;
  /** Runs after which to stop. */
  readonly maxRuns?: number;
  /** Events that one run may have. Default 10,000. */
  readonly maxSteps?: number;
  /** Asked before each run whether time is up: this package has no clock. */
  readonly expired?: () => boolean;
}

export interface Classes {
  /** Complete runs explored: one per Mazurkiewicz class. */
  readonly runs: number;
  /** Runs that ended with nothing but sleeping transitions enabled: redundant work, 0 when the algorithm is right. */
  readonly blocked: number;
  /** Events executed: the nodes of the tree of runs. */
  readonly events: number;
  /** Events of the longest run. */
  readonly longest: number;
  /** Why exploring ended before all classes were seen: endless runs, or a limit. Undefined when all were. */
  readonly stopped: string | undefined;
}

interface Node extends SavedState {
  readonly enabled: readonly Transition[];
  /** Threads whose step could do more than one thing, waiting included. */
  readonly alternatives: ReadonlySet<number>;
  readonly plan: WakeupNode;
  sleep: Transition[];
  started: boolean;
}

/**
 * Explores exactly one run per Mazurkiewicz class: Optimal-DPOR with wakeup trees (Abdulla, Aronis, Jonsson, Sagonas,
 * JACM 2017), over observed footprints. A step that must wait is no event. A step with several outcomes is as many
 * transitions of its thread, which exclude each other: what sleeps, and what is planned, is a thread with a choice.
 * A program that can go round for ever has no last class: exploring stops at the first run that comes back to a state.
 */
export function exploreClasses(program: Program, options: ClassesOptions = {}): Classes {
  return new Explorer(new Space(program), options).run();
}

/** The same over a space that the caller goes on to use. */
export function exploreClassesOf(space: Space, options: ClassesOptions): Classes {
  return new Explorer(space, options).run();
}

class Explorer {
  readonly #space: Space;
  readonly #options: ClassesOptions;
  readonly #maxSteps: number;
  readonly #nodes: Node[] = [];
  readonly #run: RunEvent[] = [];
  /** Fingerprints of the states on the stack. */
  readonly #open = new Set<string>();
  #random: number;
  #runs = 0;
  #blocked = 0;
  #events = 0;
  #longest = 0;

  constructor(space: Space, options: ClassesOptions) {
    this.#space = space;
    this.#options = options;
    this.#maxSteps = options.maxSteps ?? 10_000;
    this.#random = typeof options.order === "object" ? options.order.seed | 0 || 1 : 0;
  }

  run(): Classes {
    this.#space.reset();
    let stopped = this.#enter(wakeupRoot(), []);
    while (this.#nodes.length > 0 && stopped === undefined) {
      const node = this.#nodes.at(-1)!;
      if (!node.started && node.plan.children.length === 0) stopped = this.#begin(node);
      node.started = true;
      const child = node.plan.children[0];
      if (stopped !== undefined) break;
      if (child === undefined) this.#leave();
      else stopped = this.#take(node, child);
    }
    return { runs: this.#runs, blocked: this.#blocked, events: this.#events, longest: this.#longest, stopped };
  }

  /** Decides how a run goes on where nothing is planned; a run that is over says what else to explore. */
  #begin(node: Node): string | undefined {
    if (node.enabled.length === 0) return this.#complete(node);
    const awake = node.enabled.filter((one) => !node.sleep.some((other) => sameTransition(one, other)));
    const transition = this.#choose(awake);
    if (transition === undefined) this.#blocked++;
    else node.plan.children.push({ transition, children: [] });
    return undefined;
  }

  #complete(node: Node): string | undefined {
    const { maxRuns = Infinity, expired, onRun } = this.#options;
    if (this.#runs >= maxRuns) return `the limit of ${maxRuns} runs is used up`;
    if (expired?.() === true) return "time is up";
    this.#runs++;
    this.#longest = Math.max(this.#longest, this.#run.length);
    restore(this.#space, node);
    onRun?.(this.#path(), this.#space);
    new Reversals(this.#space, new Run(this.#run), this.#nodes, this.#plan).all();
    return undefined;
  }

  /** Plans a sequence from the state before event `at`, unless runs that start with it are, or will be, explored. */
  readonly #plan = (at: number, sequence: readonly Transition[]): void => {
    const node = this.#nodes[at]!;
    if (isWeakInitial(this.#run[at]!.transition, sequence)) return;
    if (node.sleep.some((asleep) => isWeakInitial(asleep, sequence))) return;
    insertSequence(node.plan, sequence);
  };

  #choose(awake: readonly Transition[]): Transition | undefined {
    const { order = "oldest" } = this.#options;
    if (order === "oldest") return awake[0];
    if (order === "newest") return awake.at(-1);
    // xorshift32
    this.#random ^= this.#random << 13;
    this.#random ^= this.#random >>> 17;
    this.#random ^= this.#random << 5;
    return awake[(this.#random >>> 0) % Math.max(1, awake.length)];
  }

  #take(node: Node, child: WakeupNode): string | undefined {
    const planned = child.transition!;
    // The leaf as it is in this state: a planned event was observed in another one.
    const transition = node.enabled.find((one) => sameTransition(one, planned));
    if (transition === undefined) throw new Error(`${planned.event.op} was planned where it is not enabled`);
    restore(this.#space, node);
    make(this.#space, transition);
    this.#events++;
    const alternatives = node.alternatives.has(transition.thread);
    this.#run.push({ transition, before: happensBefore(this.#run, transition), alternatives });
    this.#options.onEvent?.(transition, this.#path);
    return this.#enter(
      child,
      node.sleep.filter((one) => !byFootprint(one, transition)),
    );
  }

  /** @returns why exploring must stop here, or undefined */
  #enter(plan: WakeupNode, sleep: Transition[]): string | undefined {
    const state = saved(this.#space);
    const name = state.fingerprint.join(" ");
    if (this.#open.has(name)) {
      return "the program has endless runs: a run came back to a state, and engine classes takes programs that end";
    }
    if (this.#run.length > this.#maxSteps) return `a run has more than ${this.#maxSteps} events`;
    this.#open.add(name);
    const moves = this.#space.program.threads.map((_, thread) => movesOf(this.#space, thread));
    this.#nodes.push({
      ...state,
      enabled: moves.flat().filter(isEnabled),
      alternatives: new Set(moves.flatMap((of, thread) => (of.length > 1 ? [thread] : []))),
      plan,
      sleep,
      started: false,
    });
    return undefined;
  }

  #leave(): void {
    this.#open.delete(this.#nodes.pop()!.fingerprint.join(" "));
    const below = this.#nodes.at(-1);
    if (below === undefined) return;
    const { transition } = this.#run.pop()!;
    below.plan.children.shift();
    below.sleep.push(transition);
  }

  readonly #path = (): Transition[] => this.#run.map(({ transition }) => transition);
}

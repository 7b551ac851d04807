import { byFootprint, type Transition } from "../count/dependence.ts";
import type { Program } from "../program.ts";
import { Bits } from "../space/bits.ts";
import { LANES } from "../space/fingerprint.ts";
import type { Leaf } from "../space/memo.ts";
import { Space } from "../space/space.ts";
import { insertSequence, isWeakInitial, sameTransition, wakeupRoot, type WakeupNode } from "./wakeup-tree.ts";

/** In which order threads are tried where nothing else decides. The number of classes does not depend on it. */
export type SchedulingOrder = "oldest" | "newest" | { readonly seed: number };

export interface ClassesOptions {
  readonly order?: SchedulingOrder;
  /** Called with each complete run, a deadlocked one included. */
  readonly onRun?: (run: readonly Transition[], space: Space) => void;
  /** Runs after which to stop. */
  readonly maxRuns?: number;
}

export interface Classes {
  /** Complete runs explored: one per Mazurkiewicz class. */
  readonly runs: number;
  /** Runs that ended with nothing but sleeping transitions enabled: redundant work, 0 when the algorithm is right. */
  readonly blocked: number;
  /** Events executed. */
  readonly events: number;
  readonly complete: boolean;
}

/** A program that this engine does not take. */
export class ClassesError extends Error {
  override readonly name = "ClassesError";
  readonly code = "E_CLASSES_CHOICE";
}

interface Node {
  readonly vector: Int32Array;
  readonly fingerprint: Int32Array;
  readonly enabled: readonly Transition[];
  readonly plan: WakeupNode;
  sleep: Transition[];
  started: boolean;
}

interface Done {
  readonly transition: Transition;
  /** Earlier events that happen before this one. */
  readonly before: Bits;
}

/**
 * Explores exactly one run per Mazurkiewicz class: Optimal-DPOR with wakeup trees (Abdulla, Aronis, Jonsson, Sagonas,
 * JACM 2017), over observed footprints. A step that must wait is no event: where two events race but the later one
 * could not happen before the earlier, the race is sought further back, at the event that made it wait.
 * Programs must be acyclic, and their steps must have one outcome each: with several, a thread's next event is not
 * determined by its past, which the algorithm rests on.
 * @throws ClassesError at a step that has a choice
 */
export function exploreClasses(program: Program, options: ClassesOptions = {}): Classes {
  return new Explorer(program, options).run();
}

class Explorer {
  readonly #space: Space;
  readonly #options: ClassesOptions;
  readonly #nodes: Node[] = [];
  readonly #trace: Done[] = [];
  #random: number;
  #runs = 0;
  #blocked = 0;
  #events = 0;

  constructor(program: Program, options: ClassesOptions) {
    this.#space = new Space(program);
    this.#options = options;
    this.#random = typeof options.order === "object" ? options.order.seed | 0 : 0;
  }

  run(): Classes {
    this.#space.reset();
    this.#nodes.push(this.#capture(wakeupRoot(), []));
    const limit = this.#options.maxRuns ?? Infinity;
    while (this.#nodes.length > 0 && this.#runs < limit) {
      const node = this.#nodes.at(-1)!;
      if (!node.started && node.plan.children.length === 0) this.#begin(node);
      node.started = true;
      const child = node.plan.children[0];
      if (child === undefined) this.#leave();
      else this.#take(node, child);
    }
    return { runs: this.#runs, blocked: this.#blocked, events: this.#events, complete: this.#nodes.length === 0 };
  }

  #begin(node: Node): void {
    if (node.enabled.length === 0) {
      this.#runs++;
      this.#load(node);
      this.#options.onRun?.(
        this.#trace.map(({ transition }) => transition),
        this.#space,
      );
      this.#planReversals();
      return;
    }
    const awake = node.enabled.filter((one) => !node.sleep.some((other) => sameTransition(one, other)));
    const chosen = this.#choose(awake);
    if (chosen === undefined) this.#blocked++;
    else this.#planThread(node.plan, awake, chosen.thread);
  }

  /** Plans every choice of a thread's pending step. */
  #planThread(plan: WakeupNode, awake: readonly Transition[], thread: number): void {
    for (const transition of awake) {
      if (transition.thread === thread) plan.children.push({ transition, children: [] });
    }
  }

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

  #take(node: Node, child: WakeupNode): void {
    const planned = child.transition!;
    // The leaf as it is in this state: a planned event was observed in another one.
    const transition = node.enabled.find((one) => sameTransition(one, planned));
    if (transition === undefined) throw new Error(`${planned.event.op} was planned where it is not enabled`);
    this.#load(node);
    this.#execute(transition);
    this.#events++;
    const sleep = node.sleep.filter((one) => !byFootprint(one, transition));
    this.#trace.push({ transition, before: this.#happensBefore(transition) });
    this.#nodes.push(this.#capture(child, sleep));
  }

  #leave(): void {
    this.#nodes.pop();
    const below = this.#nodes.at(-1);
    if (below === undefined) return;
    const { transition } = this.#trace.pop()!;
    below.plan.children.shift();
    below.sleep.push(transition);
  }

  #happensBefore(transition: Transition): Bits {
    const before = new Bits();
    for (let i = this.#trace.length - 1; i >= 0; i--) {
      if (before.has(i)) continue;
      const earlier = this.#trace[i]!;
      if (!byFootprint(earlier.transition, transition)) continue;
      before.add(i);
      before.addAll(earlier.before);
    }
    return before;
  }

  /** For each race of the complete run, plans a run in which the later event comes first. */
  #planReversals(): void {
    this.#trace.forEach((event, later) => this.#planReversalsOf(event, later));
    // A step that waits at the end of the run might have come before what makes it wait.
    const end = this.#nodes.at(-1)!;
    const waiting = this.#space.program.threads.flatMap((_, thread) => {
      this.#load(end);
      return this.#pending(thread, "blocked");
    });
    for (const transition of waiting) {
      this.#planReversalsOf({ transition, before: this.#happensBefore(transition) }, this.#trace.length);
    }
  }

  #planReversalsOf({ transition, before }: Done, later: number): void {
    const { thread } = transition;
    const previous = this.#lastOf(thread, later);
    const waits = new Bits();
    for (let i = later - 1; i >= 0; i--) {
      if (!before.has(i)) continue;
      const earlier = this.#trace[i]!;
      if (earlier.transition.thread === thread) continue;
      // The thread must stand where it stands without what the earlier event led to.
      if (previous >= 0 && (previous === i || this.#trace[previous]!.before.has(i))) continue;
      if (!this.#isImmediate(i, before, later, waits)) continue;
      if (!this.#planReversal(i, thread)) waits.add(i);
    }
  }

  /** Whether only events before which the later one has to wait lie between the two. */
  #isImmediate(earlier: number, before: Bits, later: number, waits: Bits): boolean {
    for (let i = earlier + 1; i < later; i++) {
      if (before.has(i) && this.#trace[i]!.before.has(earlier) && !waits.has(i)) return false;
    }
    return true;
  }

  #lastOf(thread: number, end: number): number {
    for (let i = end - 1; i >= 0; i--) if (this.#trace[i]!.transition.thread === thread) return i;
    return -1;
  }

  /** @returns false when the thread's step would have to wait there */
  #planReversal(earlier: number, thread: number): boolean {
    const node = this.#nodes[earlier]!;
    this.#load(node);
    const sequence: Transition[] = [];
    for (let i = earlier + 1; i < this.#trace.length; i++) {
      const { transition, before } = this.#trace[i]!;
      if (before.has(earlier)) continue;
      this.#execute(transition);
      sequence.push(transition);
    }
    const pending = this.#pending(thread, "done");
    for (const transition of pending) {
      const whole = [...sequence, transition];
      if (node.sleep.some((asleep) => isWeakInitial(asleep, whole))) continue;
      insertSequence(node.plan, whole);
    }
    return pending.length > 0;
  }

  /** What the thread's pending step can do now, or, if it must wait, what it waits for. */
  #pending(thread: number, status: "done" | "blocked"): Transition[] {
    const leaves: Leaf[] = [];
    const count = this.#space.pending(thread, leaves);
    if (count > 1) {
      const { op } = this.#space.event(thread, leaves[0]!);
      throw new ClassesError(`${op} has several outcomes: engine classes takes programs whose steps have one each`);
    }
    return leaves
      .slice(0, count)
      .filter((leaf) => (leaf.status === "blocked") === (status === "blocked"))
      .map((leaf) => ({ thread, leaf, event: this.#space.event(thread, leaf) }));
  }

  #capture(plan: WakeupNode, sleep: Transition[]): Node {
    const space = this.#space;
    const enabled = space.program.threads.flatMap((_, thread) => this.#pending(thread, "done"));
    return {
      vector: space.vector.slice(0, space.slots.size),
      fingerprint: space.fingerprint.slice(),
      enabled,
      plan,
      sleep,
      started: false,
    };
  }

  #execute({ thread, leaf }: Transition): void {
    const space = this.#space;
    const reached = space.reached(thread, leaf);
    for (let i = 0; i < leaf.writes.length; i += 2) space.set(leaf.writes[i]!, leaf.writes[i + 1]!);
    space.set(thread, reached);
  }

  #load({ vector, fingerprint }: Node): void {
    const space = this.#space;
    space.vector.fill(0);
    space.vector.set(vector);
    for (let lane = 0; lane < LANES; lane++) space.fingerprint[lane] = fingerprint[lane]!;
  }
}

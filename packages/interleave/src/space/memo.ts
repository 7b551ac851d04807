import { type LockEdge, type Transition, type Value, type Violation, violationKey } from "@faultline/mm";
import { Bits } from "./bits.ts";
import { LANES } from "./fingerprint.ts";
import type { Slots } from "./slots.ts";

/** Leaves are numbered per exploration, so that what is known of pairs of them can stand in tables. */
export class Numbers {
  leaves = 0;
  outcomes = 0;
}

/** What one event does to every state that agrees with it on what it reads. */
export class Leaf {
  readonly id: number;
  readonly status: Transition["status"];
  readonly result: Value;
  /** Number of the result among all results seen, for the trie's table. */
  readonly resultId: number;
  readonly choice: string | undefined;
  /** Pairs of slot and value number. */
  readonly writes: Int32Array;
  /** The exclusive or of the words of what it writes. */
  readonly mixed: Int32Array = new Int32Array(LANES);
  /** By position: the position that the thread reaches from there, or -1. Filled by who asks. */
  reached: Int32Array = new Int32Array(0);
  readonly violations: readonly Violation[];
  /** Lock classes that the step may wait for, under which others. */
  readonly lockEdges: readonly LockEdge[];
  /** Slots read or written, and slots written. */
  readonly touched: Bits = new Bits();
  readonly written: Bits = new Bits();
  /** Slots that it was looked up by besides: see {@link DecisionTree.insert}. Undefined: none. */
  also: Bits | undefined;
  /** Positions at which a learner has met this leaf. */
  readonly noted: Bits = new Bits();

  constructor(slots: Slots, transition: Transition, choice: string | undefined, resultId: number, id: number) {
    this.id = id;
    this.status = transition.status;
    this.result = transition.result;
    this.resultId = resultId;
    this.choice = choice;
    this.violations = transition.violations;
    this.lockEdges = transition.lockEdges;
    const pairs: number[] = [];
    for (const ref of transition.reads.keys()) this.touched.add(slots.slot(ref));
    for (const [ref, value] of transition.writes) {
      const slot = slots.slot(ref);
      this.touched.add(slot);
      this.written.add(slot);
      const id = slots.id(slot, value);
      pairs.push(slot, id);
      const words = slots.words(slot, id);
      for (let lane = 0; lane < LANES; lane++) this.mixed[lane] = this.mixed[lane]! ^ words[LANES * id + lane]!;
    }
    this.writes = Int32Array.from(pairs);
  }

  /** What the leaf does, in words: equal texts, equal leaves. */
  text(): string {
    const { status, resultId, choice = "", writes, violations, touched } = this;
    return [status, resultId, choice, writes, violations.map(violationKey), touched.list()].join("|");
  }
}

/** All that a pending step can do in some state: one leaf per choice. */
export class Outcomes {
  readonly id: number;
  readonly leaves: readonly Leaf[];
  /** Whether any of them can happen. */
  readonly enabled: boolean;
  readonly touched: Bits = new Bits();
  readonly written: Bits = new Bits();
  /** By number of a leaf: 0 not asked yet, 1 independent of it, 2 dependent. */
  #dependent: Uint8Array = new Uint8Array(64);

  constructor(leaves: readonly Leaf[], id: number) {
    this.id = id;
    this.leaves = leaves;
    this.enabled = leaves.some(({ status }) => status !== "blocked");
    for (const leaf of leaves) {
      this.touched.addAll(leaf.touched);
      this.written.addAll(leaf.written);
    }
  }

  /** Whether they must be looked up again after that step of another thread. `also`: there are alike threads. */
  mayChangeBy(leaf: Leaf, also: boolean): boolean {
    return this.dependsOn(leaf) || (also && this.#isLookedUpBy(leaf));
  }

  /** Whether that step writes what these were looked up by besides what they touch. */
  #isLookedUpBy(leaf: Leaf): boolean {
    for (const { also } of this.leaves) if (also !== undefined && leaf.written.meets(also)) return true;
    return false;
  }

  /** Whether one of these writes what that step of another thread touches, or touches what it writes. */
  dependsOn(leaf: Leaf): boolean {
    if (leaf.id >= this.#dependent.length) {
      const grown = new Uint8Array(2 * leaf.id);
      grown.set(this.#dependent);
      this.#dependent = grown;
    }
    let known = this.#dependent[leaf.id]!;
    if (known === 0) {
      known = leaf.written.meets(this.touched) || leaf.touched.meets(this.written) ? 2 : 1;
      this.#dependent[leaf.id] = known;
    }
    return known === 2;
  }
}

/** Nothing: the thread is over. */
export const NOTHING: Outcomes = new Outcomes([], 0);

/** A question about the state: the value in a slot, or which choice is made (slot -1). Answers lead on. */
export class Question {
  readonly slot: number;
  readonly options: readonly string[];
  readonly answers: (Question | Leaf | undefined)[] = [];

  constructor(slot: number, options: readonly string[] = []) {
    this.slot = slot;
    this.options = options;
  }
}

/** The decision tree of one event: its reads in order, its choice, and at the leaves what it does. */
export class DecisionTree {
  root: Question | Leaf | undefined;
  readonly #alone: (Outcomes | undefined)[] = [];
  readonly #together = new Map<string, Outcomes>();
  readonly #found: Leaf[] = [];
  readonly #known = new Map<string, Leaf>();

  /**
   * What the step can do in this state.
   * @returns undefined when a question has no answer yet
   */
  outcomes(vector: Int32Array, numbers: Numbers): Outcomes | undefined {
    let node = this.root;
    while (node instanceof Question && node.slot >= 0) node = node.answers[vector[node.slot]!];
    if (node === undefined) return undefined;
    if (node instanceof Leaf) {
      return (this.#alone[node.id] ??= new Outcomes([node], ++numbers.outcomes));
    }
    const count = this.find(vector, this.#found, 0, node);
    if (count < 0) return undefined;
    const leaves = this.#found.slice(0, count);
    const key = leaves.map(({ id }) => id).join(" ");
    let outcomes = this.#together.get(key);
    if (outcomes === undefined) this.#together.set(key, (outcomes = new Outcomes(leaves, ++numbers.outcomes)));
    return outcomes;
  }

  /** A leaf made before that does the same as this one; else this one. */
  known(leaf: Leaf): Leaf {
    const key = leaf.text();
    const known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, leaf);
    return known ?? leaf;
  }

  /**
   * The leaves that this state leads to, one per choice, into `out` from `count` on.
   * @returns the number of leaves in `out`, or -1 when a question has no answer yet
   */
  find(vector: Int32Array, out: Leaf[], count = 0, from: Question | Leaf | undefined = this.root): number {
    let node = from;
    while (node instanceof Question) {
      if (node.slot < 0) {
        for (let i = 0; i < node.options.length && count >= 0; i++) {
          count = this.find(vector, out, count, node.answers[i]);
        }
        return count;
      }
      node = node.answers[vector[node.slot]!];
    }
    if (node === undefined) return -1;
    out[count] = node;
    return count + 1;
  }

  /**
   * Adds what the reducer did in one state. `chosen` is its choice's index among the options, if it had one.
   * @param also slots, with the values in that state, that it must agree on as well; their order depends on what it
   * agrees on before
   */
  insert(
    slots: Slots,
    transition: Transition,
    chosen: number,
    leaf: Leaf,
    also: readonly (readonly [slot: number, value: number])[] = [],
  ): void {
    const { choicePoint } = transition;
    let put = (node: Question | Leaf): void => {
      this.root = node;
    };
    let node = this.root;
    const ask = (slot: number, options: readonly string[], answer: number): void => {
      if (node instanceof Leaf) throw new Error("a step read more than last time: its reducer is not pure");
      const question: Question = node ?? new Question(slot, options);
      if (question.slot !== slot) throw new Error("a step read in another order: its reducer is not pure");
      if (node === undefined) put(question);
      node = question.answers[answer];
      put = (next) => {
        question.answers[answer] = next;
      };
    };
    let count = 0;
    const choose = (): void => {
      if (choicePoint?.afterReads === count) ask(-1, choicePoint.options, chosen);
    };
    for (const [ref, value] of transition.reads) {
      choose();
      const slot = slots.slot(ref);
      ask(slot, [], slots.id(slot, value));
      count++;
    }
    choose();
    for (const [slot, value] of also) {
      ask(slot, [], value);
      (leaf.also ??= new Bits()).add(slot);
    }
    put(leaf);
  }
}

import { apply, canonical, type Ref, Snapshot, type Source, type StepEvent, type Value } from "@faultline/mm";
import type { Program } from "../program.ts";
import { type Position, Trie } from "../thread/trie.ts";
import { LANES } from "./fingerprint.ts";
import { type Part, poolSlot, renumbered } from "./generations.ts";
import { DecisionTree, Leaf } from "./memo.ts";
import { Slots } from "./slots.ts";

/** More generations than a program without an endless loop is likely to make. */
const MANY_GENERATIONS = 16;

/** The tree of a thread that is over. */
const OVER = new DecisionTree();

/**
 * The states of a program as vectors of small integers: one per thread (its position), one per component (its value).
 * Holds one current state, which moves by {@link enter}; what steps do is found by reducer once per footprint.
 */
export class Space implements Source {
  readonly program: Program;
  readonly tries: readonly Trie[];
  readonly slots: Slots;
  /** The current state. Slots beyond {@link Slots.size} are 0. */
  vector: Int32Array = new Int32Array(256);
  readonly fingerprint: Int32Array = new Int32Array(LANES);
  /** Times a reducer ran. */
  reducerRuns = 0;
  readonly #initial: Int32Array;
  readonly #initialGeneration: number;
  readonly #memo: boolean;
  readonly #treeOf: DecisionTree[][] = [];
  readonly #byEvent: Map<string, DecisionTree>[] = [];
  readonly #resultIds = new Map<string, number>();

  constructor(program: Program, options: { readonly memo?: boolean } = {}) {
    this.program = program;
    this.#memo = options.memo ?? true;
    const byStart = new Map<unknown, Trie>();
    this.tries = program.threads.map((thread) => {
      let trie = byStart.get(thread.start);
      if (trie === undefined) byStart.set(thread.start, (trie = new Trie(thread.name, thread.start)));
      return trie;
    });
    this.slots = new Slots(program.threads.length);
    for (const _ of program.threads) {
      this.#treeOf.push([]);
      this.#byEvent.push(new Map());
    }
    const initial = program.initial.entries().map(([ref, value]) => [this.slots.slot(ref), value] as const);
    this.#reserve();
    for (const [slot, value] of initial) this.set(slot, this.slots.id(slot, value));
    this.tries.forEach((trie, thread) => this.set(thread, trie.start.id));
    this.#initial = this.vector.slice(0, this.slots.size);
    this.#initialGeneration = this.slots.highestGeneration;
  }

  /** Makes the initial state current. */
  reset(): void {
    for (let slot = 0; slot < this.slots.size; slot++) this.set(slot, this.#initial[slot] ?? 0);
  }

  get<T extends Value>(ref: Ref<T>): T {
    const slot = this.slots.slot(ref);
    return this.slots.value(slot, this.vector[slot] ?? 0) as T;
  }

  position(thread: number): Position {
    return this.tries[thread]!.position(this.vector[thread]!);
  }

  /** Whether some loop of some thread has gone round. */
  get cyclic(): boolean {
    return this.tries.some((trie) => trie.cyclic);
  }

  /** Whether objects are made over and over in a loop: by their generations there are endlessly many states. */
  get runaway(): boolean {
    return this.slots.highestGeneration > this.#initialGeneration + MANY_GENERATIONS && this.cyclic;
  }

  /**
   * What the thread's pending step can do now, one leaf per choice, into `out`.
   * @returns the number of leaves, 0 when the thread is over; `out` may be longer
   */
  pending(thread: number, out: Leaf[]): number {
    const tree = this.#treeOf[thread]![this.vector[thread]!] ?? this.#tree(thread);
    if (tree === OVER) return 0;
    const count = tree.find(this.vector, out);
    return count >= 0 ? count : this.#learn(thread, tree, out);
  }

  /** The decision tree of the thread's pending step. Positions with equal events share it. */
  #tree(thread: number): DecisionTree {
    const { request, id } = this.position(thread);
    let tree = OVER;
    if (request !== undefined) {
      const key = `${request.step.op} ${canonical(request.args)}`;
      const byEvent = this.#byEvent[thread]!;
      tree = byEvent.get(key) ?? new DecisionTree();
      byEvent.set(key, tree);
    }
    this.#treeOf[thread]![id] = tree;
    return tree;
  }

  #learn(thread: number, tree: DecisionTree, out: Leaf[]): number {
    const request = this.position(thread).request!;
    const event = { task: this.program.threads[thread]!.task, op: request.step.op, args: request.args };
    const first = this.#run(event);
    const options = first.choicePoint?.options ?? [];
    const count = Math.max(1, options.length);
    for (let i = 0; i < count; i++) {
      const choice = options[i];
      const transition = choice === undefined || i === 0 ? first : this.#run({ ...event, choice });
      const leaf = new Leaf(this.slots, transition, choice, this.#resultId(transition.result));
      tree.insert(this.slots, transition, i, leaf);
      out[i] = leaf;
    }
    this.#reserve();
    if (!this.#memo) tree.root = undefined;
    return count;
  }

  #reserve(): void {
    if (this.slots.size <= this.vector.length) return;
    const grown = new Int32Array(2 * this.slots.size);
    grown.set(this.vector);
    this.vector = grown;
  }

  #run(event: StepEvent): ReturnType<typeof apply> {
    this.reducerRuns++;
    return apply(this.program.machine, this, event);
  }

  #resultId(result: Value): number {
    const key = canonical(result);
    const id = this.#resultIds.get(key) ?? this.#resultIds.size;
    this.#resultIds.set(key, id);
    return id;
  }

  /** Number of the position that the thread reaches by this step. */
  reached(thread: number, leaf: Leaf): number {
    const trie = this.tries[thread]!;
    if (leaf.status === "stopped") return trie.stopped.id;
    const position = this.position(thread);
    return (position.next[leaf.resultId] ?? trie.after(position, leaf.result, leaf.resultId)).id;
  }

  /** Puts a value into a slot of the current state, the fingerprint with it. */
  set(slot: number, value: number): void {
    this.mix(slot, value, this.fingerprint);
    this.vector[slot] = value;
  }

  /** Changes a fingerprint as a write to the current state would change its own. */
  mix(slot: number, value: number, fingerprint: Int32Array): void {
    const before = this.vector[slot]!;
    if (before === value) return;
    const words = this.slots.words(slot, before > value ? before : value);
    const from = before << 2;
    const to = value << 2;
    fingerprint[0] = fingerprint[0]! ^ words[from]! ^ words[to]!;
    fingerprint[1] = fingerprint[1]! ^ words[from + 1]! ^ words[to + 1]!;
    fingerprint[2] = fingerprint[2]! ^ words[from + 2]! ^ words[to + 2]!;
    fingerprint[3] = fingerprint[3]! ^ words[from + 3]! ^ words[to + 3]!;
  }

  /** The current state's components. */
  snapshot(): Snapshot {
    const writes = new Map<Ref, Value>();
    for (let slot = this.slots.threads; slot < this.slots.size; slot++) {
      const id = this.vector[slot]!;
      if (id !== 0) writes.set(this.slots.ref(slot)!, this.slots.value(slot, id));
    }
    return Snapshot.empty.with(writes);
  }

  /** The whole current vector as a key, without its trailing zeros. */
  key(): string {
    let end = this.slots.size;
    while (end > 0 && this.vector[end - 1] === 0) end--;
    return this.vector.subarray(0, end).join(" ");
  }

  /**
   * The current state as a key in which generations are renumbered. A generation is only ever compared with others of
   * its slot, and a new one is higher than all before it, so states with equal keys have the same futures.
   * @returns undefined when some generation belongs to no known slot: then the state has no name but itself
   */
  generationlessKey(): string | undefined {
    const parts: Part[] = this.tries.map((trie, thread) => ({ slot: "", value: trie.describe(this.position(thread)) }));
    for (let slot = this.slots.threads; slot < this.slots.size; slot++) {
      const id = this.vector[slot]!;
      if (id === 0) continue;
      const ref = this.slots.ref(slot)!;
      parts.push({ slot: poolSlot(ref), value: [ref.key, this.slots.value(slot, id)] });
    }
    return renumbered(parts);
  }

  /** The event that a thread's pending step with this leaf is. */
  event(thread: number, leaf: Leaf): StepEvent {
    const request = this.position(thread).request!;
    const event = { task: this.program.threads[thread]!.task, op: request.step.op, args: request.args };
    return leaf.choice === undefined ? event : { ...event, choice: leaf.choice };
  }
}

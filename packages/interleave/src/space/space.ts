import {
  apply,
  canonical,
  type Ref,
  Snapshot,
  type Source,
  type StepEvent,
  type StepRequest,
  type Transition,
  type Value,
} from "@faultline/mm";
import type { Program, Thread } from "../program.ts";
import { ThreadError } from "../thread/errors.ts";
import { type Alike, NOBODY } from "../symmetry/alike.ts";
import { type AlikeProgram, type Position, Trie } from "../thread/trie.ts";
import { LANES } from "./fingerprint.ts";
import { type Part, poolSlot, renumbered } from "./generations.ts";
import { DecisionTree, Leaf, NOTHING, Numbers, Outcomes } from "./memo.ts";
import { Slots } from "./slots.ts";

/** More generations than a program without an endless loop is likely to make. */
const MANY_GENERATIONS = 16;

/** More threads than this are a mistake: what could be covered of their orders is next to nothing. */
const MAX_THREADS = 256;

export interface SpaceOptions {
  /** Run each reducer once per footprint. Default true. */
  readonly memo?: boolean;
  /** Threads that run the same program as far as is known: they share a trie, which holds them to it. */
  readonly alike?: Alike;
  /** Whether alike threads may name different pages. Default false. */
  readonly ownPages?: boolean;
  /**
   * Told of each run of a reducer, before anything is made of it.
   * @param as the event of another thread of the same program, by its number, at this place
   * @returns components that a state must agree on as well for the step to be looked up
   */
  readonly onRun?: (
    source: Source,
    event: StepEvent,
    transition: Transition,
    as: (thread: number) => StepEvent,
  ) => readonly Ref[];
}

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
  readonly #results: Value[] = [];
  readonly #numbers = new Numbers();
  readonly #onRun: SpaceOptions["onRun"];

  /** @throws ThreadError E_THREADS for a program with more than 256 threads */
  constructor(program: Program, options: SpaceOptions = {}) {
    const { length } = program.threads;
    if (length > MAX_THREADS) {
      const { name } = program.threads[MAX_THREADS]!;
      const advice = "Leave threads out until two or three tell the story.";
      throw new ThreadError(
        "E_THREADS",
        name,
        `is one too many: at most ${MAX_THREADS} of ${length} can be explored. ${advice}`,
      );
    }
    this.program = program;
    this.#memo = options.memo ?? true;
    this.#onRun = options.onRun;
    this.tries = compile(program.threads, options.alike ?? NOBODY, options.ownPages ?? false);
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
    const slot = this.slot(ref);
    return this.slots.value(slot, this.vector[slot]!) as T;
  }

  position(thread: number): Position {
    return this.tries[thread]!.position(this.vector[thread]!);
  }

  /** The step that the thread has pending; undefined when it is over. */
  request(thread: number): StepRequest | undefined {
    return this.tries[thread]!.request(this.position(thread), thread);
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
    const { leaves } = this.outcomes(thread);
    for (let i = 0; i < leaves.length; i++) out[i] = leaves[i]!;
    return leaves.length;
  }

  /** What the thread's pending step can do now. */
  outcomes(thread: number): Outcomes {
    const tree = this.#treeOf[thread]![this.vector[thread]!] ?? this.#tree(thread);
    if (tree === OVER) return NOTHING;
    const known = this.#memo ? tree.outcomes(this.vector, this.#numbers) : undefined;
    if (known !== undefined) return known;
    if (!this.#memo) tree.root = undefined;
    this.#learn(thread, tree);
    return tree.outcomes(this.vector, this.#numbers)!;
  }

  /** The decision tree of the thread's pending step. Positions with equal events share it. */
  #tree(thread: number): DecisionTree {
    const { id } = this.position(thread);
    const request = this.request(thread);
    let tree = OVER;
    if (request !== undefined) {
      // Only together with what alike threads do there: it is held against that.
      const key = `${request.step.op} ${canonical(request.args)} ${this.tries[thread]!.othersAt(id)}`;
      const byEvent = this.#byEvent[thread]!;
      tree = byEvent.get(key) ?? new DecisionTree();
      byEvent.set(key, tree);
    }
    this.#treeOf[thread]![id] = tree;
    return tree;
  }

  #learn(thread: number, tree: DecisionTree): void {
    const [first, also] = this.#run(thread, undefined);
    const options = first.choicePoint?.options ?? [];
    const count = Math.max(1, options.length);
    for (let i = 0; i < count; i++) {
      const choice = options[i];
      const [transition, reads] = choice === undefined || i === 0 ? [first, also] : this.#run(thread, choice);
      const made = new Leaf(this.slots, transition, choice, this.resultId(transition.result), this.#numbers.leaves + 1);
      const leaf = this.#memo && reads.length === 0 ? made : tree.known(made);
      if (leaf === made) this.#numbers.leaves++;
      const more = reads.map((ref) => [this.slot(ref), this.vector[this.slot(ref)]!] as const);
      tree.insert(this.slots, transition, i, leaf, more);
    }
    this.#reserve();
  }

  #reserve(): void {
    if (this.slots.size <= this.vector.length) return;
    const grown = new Int32Array(2 * this.slots.size);
    grown.set(this.vector);
    this.vector = grown;
  }

  /** What the step does, and what else it must be looked up by. */
  #run(thread: number, choice: string | undefined): readonly [Transition, readonly Ref[]] {
    this.reducerRuns++;
    const position = this.position(thread);
    const as = (other: number): StepEvent => this.#eventAt(other, position, choice);
    const event = as(thread);
    const transition = apply(this.program.machine, this, event);
    return [transition, this.#onRun?.(this, event, transition, as) ?? []];
  }

  /** The slot of a component, in the current state too when it is new. */
  slot(ref: Ref): number {
    const slot = this.slots.slot(ref);
    this.#reserve();
    return slot;
  }

  /** The number of a result among all results seen. */
  resultId(result: Value): number {
    const key = canonical(result);
    let id = this.#resultIds.get(key);
    if (id === undefined) {
      id = this.#resultIds.size;
      this.#resultIds.set(key, id);
      this.#results.push(result);
    }
    return id;
  }

  /** All results seen, by number. */
  get results(): readonly Value[] {
    return this.#results;
  }

  /** Number of the position that the thread reaches by this step. */
  reached(thread: number, leaf: Leaf): number {
    const position = this.vector[thread]!;
    const known = leaf.reached[position] ?? -1;
    return known >= 0 ? known : this.#follow(thread, position, leaf);
  }

  #follow(thread: number, from: number, leaf: Leaf): number {
    const trie = this.tries[thread]!;
    const position = trie.position(from);
    const { id } = leaf.status === "stopped" ? trie.stopped : trie.after(position, leaf.result, leaf.resultId);
    if (from >= leaf.reached.length) {
      const grown = new Int32Array(2 * (from + 1)).fill(-1);
      grown.set(leaf.reached);
      leaf.reached = grown;
    }
    leaf.reached[from] = id;
    return id;
  }

  /** The fingerprint that the current state will have after a step of the thread, which reaches this position. */
  foresee(thread: number, leaf: Leaf, reached: number, out: Int32Array, offset = 0): void {
    const { vector, slots, fingerprint: now } = this;
    const { writes, mixed } = leaf;
    let words = slots.words(thread, reached);
    const before = vector[thread]! << 2;
    const after = reached << 2;
    let a = now[0]! ^ mixed[0]! ^ words[before]! ^ words[after]!;
    let b = now[1]! ^ mixed[1]! ^ words[before + 1]! ^ words[after + 1]!;
    let c = now[2]! ^ mixed[2]! ^ words[before + 2]! ^ words[after + 2]!;
    let d = now[3]! ^ mixed[3]! ^ words[before + 3]! ^ words[after + 3]!;
    for (let i = 0; i < writes.length; i += 2) {
      const slot = writes[i]!;
      const at = vector[slot]! << 2;
      words = slots.known(slot);
      a ^= words[at]!;
      b ^= words[at + 1]!;
      c ^= words[at + 2]!;
      d ^= words[at + 3]!;
    }
    out[offset] = a;
    out[offset + 1] = b;
    out[offset + 2] = c;
    out[offset + 3] = d;
  }

  /** Makes this step of the thread. */
  take(thread: number, leaf: Leaf): void {
    const reached = this.reached(thread, leaf);
    for (let i = 0; i < leaf.writes.length; i += 2) this.set(leaf.writes[i]!, leaf.writes[i + 1]!);
    this.set(thread, reached);
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
    return this.#eventAt(thread, this.position(thread), leaf.choice);
  }

  #eventAt(thread: number, position: Position, choice: string | undefined): StepEvent {
    const { step, args } = this.tries[thread]!.request(position, thread)!;
    const event = { task: this.program.threads[thread]!.task, op: step.op, args };
    return choice === undefined ? event : { ...event, choice };
  }
}

/** One trie per program: threads that share their function, or are said to be alike, share it. */
function compile(threads: readonly Thread[], { sets, pages }: Alike, ownPages: boolean): Trie[] {
  const tries: Trie[] = [];
  const byStart = new Map<unknown, Trie>();
  threads.forEach(({ name, start }, thread) => {
    const known = byStart.get(start);
    if (known !== undefined) {
      tries[thread] = known;
      return;
    }
    const others = sets.find(([first]) => first === thread)?.slice(1) ?? [];
    const pagesFor = (other: number): Pick<AlikeProgram, "pages"> => {
      const theirs = pages.get(other) ?? [];
      return ownPages ? { pages: new Map((pages.get(thread) ?? []).map((page, i) => [page, theirs[i]!])) } : {};
    };
    const trie = new Trie(
      name,
      start,
      others.map((other) => ({ thread: other, start: threads[other]!.start, ...pagesFor(other) })),
    );
    for (const member of [thread, ...others]) byStart.set(threads[member]!.start, trie);
    tries[thread] = trie;
  });
  return tries;
}

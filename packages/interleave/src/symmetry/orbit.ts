import { LANES } from "../space/fingerprint.ts";
import type { Space } from "../space/space.ts";
import { compareLanes, mixLanes } from "./mixed-words.ts";
import type { Alike } from "./alike.ts";
import { Naming } from "./naming.ts";

/**
 * The current state's fingerprint up to exchange of alike threads. What belongs to an alike thread (its position, its
 * own slots, the places where shared values name it) is one word per thread, mixed; their sum does not tell which thread
 * has which. Nothing is sorted, and the state that is explored stays the real one.
 */
export class Orbit {
  /** The fingerprint, after {@link settle}. */
  readonly key: Int32Array = new Int32Array(LANES);
  readonly naming: Naming;
  readonly sets: readonly (readonly number[])[];
  readonly #space: Space;
  readonly #setOf: (readonly number[] | undefined)[];
  readonly #shared = new Int32Array(LANES);
  readonly #own: Int32Array;
  readonly #mixed: Int32Array;
  readonly #sum = new Int32Array(LANES);
  readonly #stale: Uint8Array;
  readonly #staleList: number[] = [];

  constructor(space: Space, alike: Alike) {
    const { sets } = alike;
    this.#space = space;
    this.sets = sets;
    this.naming = new Naming(space, alike);
    const { length } = space.program.threads;
    this.#setOf = space.program.threads.map((_, thread) => sets.find((members) => members.includes(thread)));
    this.#own = new Int32Array(LANES * length);
    this.#mixed = new Int32Array(LANES * length);
    this.#stale = new Uint8Array(length);
  }

  /** Computes everything anew for the current state. */
  reset(): void {
    const { vector, slots } = this.#space;
    this.#shared.fill(0);
    this.#own.fill(0);
    this.#mixed.fill(0);
    this.#sum.fill(0);
    for (const members of this.sets) for (const thread of members) this.#touch(thread);
    for (let slot = 0; slot < slots.size; slot++) this.#add(slot, vector[slot]!);
    this.settle();
  }

  /** A slot's value changes. {@link settle} is due before the next look at the key. */
  change(slot: number, before: number, after: number): void {
    if (before === after) return;
    this.#add(slot, before);
    this.#add(slot, after);
  }

  /** Brings the key up to date. */
  settle(): void {
    const sum = this.#sum;
    const mixed = this.#mixed;
    for (const thread of this.#staleList) {
      this.#stale[thread] = 0;
      const at = LANES * thread;
      for (let lane = 0; lane < LANES; lane++) sum[lane] = sum[lane]! - mixed[at + lane]!;
      mixLanes(this.#own, at, mixed);
      for (let lane = 0; lane < LANES; lane++) sum[lane] = sum[lane]! + mixed[at + lane]!;
    }
    this.#staleList.length = 0;
    for (let lane = 0; lane < LANES; lane++) this.key[lane] = this.#shared[lane]! ^ sum[lane]!;
  }

  /** The set of alike threads that this one belongs to. */
  membersWith(thread: number): readonly number[] | undefined {
    return this.#setOf[thread];
  }

  /** Order of two alike threads by what belongs to them; 0 when exchanging them changes nothing. */
  compare(a: number, b: number): number {
    return compareLanes(this.#mixed, LANES * a, LANES * b);
  }

  /** The current state in words, equal exactly for states that an exchange of alike threads makes equal. */
  text(): string {
    const { vector, slots } = this.#space;
    const shared: string[] = [];
    const own = new Map<number, string[]>(this.sets.flat().map((thread) => [thread, []]));
    for (let slot = 0; slot < slots.size; slot++) {
      const { id, names } = this.naming.meaning(slot, vector[slot]!);
      for (const { thread, place } of names) own.get(thread)!.push(place);
      if (id !== 0) (own.get(this.naming.owner(slot)) ?? shared).push(`${this.naming.family(slot)}=${id}`);
    }
    const threads = this.sets.map((members) =>
      members
        .map((thread) => own.get(thread)!.sort().join(","))
        .sort()
        .join(";"),
    );
    return [shared.sort().join(","), ...threads].join("|");
  }

  /** Adding a word is taking it away. */
  #add(slot: number, value: number): void {
    const { naming } = this;
    const { word, names } = naming.meaning(slot, value);
    const owner = naming.owner(slot);
    if (owner < 0) {
      const shared = this.#shared;
      for (let lane = 0; lane < LANES; lane++) shared[lane] = shared[lane]! ^ word[lane]!;
    } else {
      this.#give(owner, word);
    }
    for (const name of names) this.#give(name.thread, name.word);
  }

  #give(thread: number, word: Int32Array): void {
    const own = this.#own;
    const at = LANES * thread;
    for (let lane = 0; lane < LANES; lane++) own[at + lane] = own[at + lane]! ^ word[lane]!;
    this.#touch(thread);
  }

  #touch(thread: number): void {
    if (this.#stale[thread] === 1) return;
    this.#stale[thread] = 1;
    this.#staleList.push(thread);
  }
}

import { canonical, type Ref, type Value } from "@faultline/mm";
import { generationOf } from "./generations.ts";
import { LANES, wordOf } from "./fingerprint.ts";

/** The components of an exploration, numbered: slot by component, and small integers for the values each has had. */
export class Slots {
  /** Slots before the components: one per thread, holding its position. */
  readonly threads: number;
  readonly #refs: (Ref | undefined)[] = [];
  readonly #slotOf = new Map<Ref, number>();
  readonly #values: Value[][] = [];
  readonly #ids: Map<string, number>[] = [];
  readonly #words: Int32Array[] = [];
  /** The highest generation that any pool's slot has had. */
  highestGeneration = 0;

  constructor(threads: number) {
    this.threads = threads;
    for (let slot = 0; slot < threads; slot++) this.#add(undefined);
  }

  /** Number of slots so far. */
  get size(): number {
    return this.#refs.length;
  }

  slot(ref: Ref): number {
    let slot = this.#slotOf.get(ref);
    if (slot === undefined) {
      slot = this.#add(ref);
      this.#slotOf.set(ref, slot);
      this.id(slot, ref.kind.initial);
    }
    return slot;
  }

  /** The component of a slot; undefined for a thread's. */
  ref(slot: number): Ref | undefined {
    return this.#refs[slot];
  }

  /** The number of a value in its slot: equal values, equal numbers; 0 is the component's initial value. */
  id(slot: number, value: Value): number {
    const ids = this.#ids[slot]!;
    const key = canonical(value);
    let id = ids.get(key);
    if (id === undefined) {
      id = ids.size;
      ids.set(key, id);
      this.#values[slot]!.push(value);
      const gen = generationOf(this.#refs[slot], value);
      if (gen > this.highestGeneration) this.highestGeneration = gen;
    }
    return id;
  }

  /** All values that a slot has had, by number. */
  valuesOf(slot: number): readonly Value[] {
    return this.#values[slot]!;
  }

  value(slot: number, id: number): Value {
    return this.#values[slot]![id]!;
  }

  /** The words of all values that a slot has had in some current state. */
  known(slot: number): Int32Array {
    return this.#words[slot]!;
  }

  /** The words of a slot's values, {@link LANES} lanes a value, at least up to this value. */
  words(slot: number, id: number): Int32Array {
    let words = this.#words[slot]!;
    if ((id + 1) * LANES > words.length) {
      const count = Math.max(8, 2 * (id + 1));
      const grown = new Int32Array(count * LANES);
      grown.set(words);
      for (let value = words.length / LANES; value < count; value++) wordOf(slot, value, grown, value * LANES);
      this.#words[slot] = words = grown;
    }
    return words;
  }

  #add(ref: Ref | undefined): number {
    this.#refs.push(ref);
    this.#values.push([]);
    this.#ids.push(new Map());
    this.#words.push(new Int32Array(0));
    return this.#refs.length - 1;
  }
}

import { canonical, type Ref, type Value } from "@faultline/mm";
import type { NamingRecord } from "../checkpoint/checkpoint.ts";
import { LANES, wordOf } from "../space/fingerprint.ts";
import type { Space } from "../space/space.ts";
import { NotAlikeError } from "../thread/errors.ts";
import { renameRef, renameValue } from "./rename.ts";

/** What one value in one slot is to a state up to exchange of its alike threads. */
export interface Meaning {
  /** Number of the value with alike tasks made nameless; 0 is the initial one. */
  readonly id: number;
  /** Its word for the slot's family. */
  readonly word: Int32Array;
  /** The alike threads that the value names, with the word of the place where it does. */
  readonly names: readonly { readonly thread: number; readonly word: Int32Array; readonly place: string }[];
}

/**
 * Which slots are whose, and what their values mean when alike threads have no names. Slots that differ only by the
 * alike thread they belong to are one family: `mm:0/mmap_lock/reader:3` and `:4`.
 */
export class Naming {
  readonly #space: Space;
  readonly #setOf: ReadonlyMap<number, number>;
  readonly #threadOf: ReadonlyMap<number, number>;
  readonly #owners: number[] = [];
  readonly #families: number[] = [];
  readonly #meanings: (Meaning | undefined)[][] = [];
  readonly #familyIds = new Map<string, number>();
  readonly #valueIds: Map<string, number>[] = [];

  /** @param alike sets of alike threads, by number */
  constructor(space: Space, alike: readonly (readonly number[])[]) {
    this.#space = space;
    this.#setOf = new Map(alike.flatMap((members, set) => members.map((thread) => [thread, set] as const)));
    this.#threadOf = new Map([...this.#setOf.keys()].map((thread) => [space.program.threads[thread]!.task, thread]));
  }

  /** The alike thread to which a slot belongs, or -1. */
  owner(slot: number): number {
    return this.#owners[slot] ?? this.#settle(slot);
  }

  family(slot: number): number {
    this.owner(slot);
    return this.#families[slot]!;
  }

  meaning(slot: number, value: number): Meaning {
    const known = (this.#meanings[slot] ??= []);
    return (known[value] ??= this.#understand(slot, value));
  }

  /** The slot that is to one alike thread what this one is to its owner. */
  slotFor(slot: number, thread: number): number {
    const owner = this.owner(slot);
    if (owner === thread) return slot;
    const { threads } = this.#space.program;
    const [from, to] = [threads[owner]!.task, threads[thread]!.task];
    const ref = this.#space.slots.ref(slot)!;
    return this.#space.slot(renameRef(ref, (task) => (task === from ? to : task)));
  }

  /** The numbers given so far. */
  record(): NamingRecord {
    const families = [...this.#familyIds.keys()];
    return {
      families,
      values: families.map((_, i) => {
        const ids = this.#valueIds[i + 1];
        return ids === undefined ? null : [...ids.keys()];
      }),
    };
  }

  /** Gives the numbers of a record, before any other is given. */
  restore({ families, values }: NamingRecord): void {
    for (const family of families) this.#familyId(family);
    values.forEach((keys, i) => {
      if (keys !== null) this.#valueIds[i + 1] = new Map(keys.map((key, id) => [key, id]));
    });
  }

  #settle(slot: number): number {
    const ref = this.#space.slots.ref(slot);
    let owner = -1;
    let family: string;
    if (ref === undefined) {
      owner = this.#setOf.has(slot) ? slot : -1;
      family = owner < 0 ? `position of ${slot}` : `position ${this.#setOf.get(slot)}`;
    } else {
      const named = renameRef(ref, (task) => {
        const thread = this.#threadOf.get(task);
        if (thread === undefined) return task;
        if (owner >= 0) throw new NotAlikeError(`${ref.key} belongs to two alike threads`);
        owner = thread;
        return -1 - this.#setOf.get(thread)!;
      });
      family = named.key;
    }
    this.#owners[slot] = owner;
    this.#families[slot] = this.#familyId(family);
    return owner;
  }

  #familyId(name: string): number {
    const known = this.#familyIds.get(name);
    if (known !== undefined) return known;
    const id = this.#familyIds.size + 1;
    this.#familyIds.set(name, id);
    return id;
  }

  #understand(slot: number, value: number): Meaning {
    const owner = this.owner(slot);
    const family = this.#families[slot]!;
    const ref = this.#space.slots.ref(slot);
    if (ref === undefined) return { id: value, word: wordFor(family, value), names: [] };
    const names: Meaning["names"][number][] = [];
    let mentions = 0;
    const nameless = renameValue(ref, this.#space.slots.value(slot, value), (task, place = mentions) => {
      mentions++;
      const thread = this.#threadOf.get(task);
      if (thread === undefined) return task;
      if (owner >= 0 && thread !== owner) throw new NotAlikeError(`${ref.key} names another alike thread`);
      if (owner < 0) {
        const name = `${family} ${place}`;
        names.push({ thread, word: wordFor(this.#familyId(name), 1), place: name });
      }
      return -1 - this.#setOf.get(thread)!;
    });
    const id = this.#valueId(ref, family, nameless);
    return { id, word: wordFor(family, id), names };
  }

  #valueId(ref: Ref, family: number, nameless: Value): number {
    const initial = canonical(renameValue(ref, ref.kind.initial, (task) => task));
    const ids = (this.#valueIds[family] ??= new Map([[initial, 0]]));
    const key = canonical(nameless);
    const known = ids.get(key);
    if (known !== undefined) return known;
    const id = ids.size;
    ids.set(key, id);
    return id;
  }
}

function wordFor(family: number, value: number): Int32Array {
  const word = new Int32Array(LANES);
  wordOf(family, value, word, 0);
  return word;
}

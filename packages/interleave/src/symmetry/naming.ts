import { canonical, PAGE_SIZE, type Ref, type Value } from "@faultline/mm";
import type { NamingRecord } from "../checkpoint/checkpoint.ts";
import { LANES, wordOf } from "../space/fingerprint.ts";
import type { Space } from "../space/space.ts";
import { NotAlikeError } from "../thread/errors.ts";
import { type Alike, namedOf } from "./alike.ts";
import { renameRef, renameValue, replace, SAME } from "./rename.ts";

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
  readonly #alike: Alike;
  readonly #setOf: ReadonlyMap<number, number>;
  readonly #threadOf: ReadonlyMap<number, number>;
  /** By address of a page that is exchanged with a thread: that thread, and which of its pages it is. */
  readonly #pageOf: ReadonlyMap<number, readonly [thread: number, place: number]>;
  readonly #owners: number[] = [];
  readonly #families: number[] = [];
  readonly #meanings: (Meaning | undefined)[][] = [];
  readonly #familyIds = new Map<string, number>();
  readonly #valueIds: Map<string, number>[] = [];

  constructor(space: Space, alike: Alike) {
    this.#space = space;
    this.#alike = alike;
    this.#pageOf = new Map(
      [...alike.pages].flatMap(([thread, pages]) => pages.map((page, place) => [page, [thread, place]] as const)),
    );
    this.#setOf = new Map(alike.sets.flatMap((members, set) => members.map((thread) => [thread, set] as const)));
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
    const { program, slots } = this.#space;
    const [from, to] = [owner, thread].map((one) => namedOf(program, this.#alike, one));
    return this.#space.slot(renameRef(slots.ref(slot)!, replace(from!, to!)));
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
      const own = (thread: number): void => {
        if (owner >= 0 && owner !== thread) throw new NotAlikeError(`${ref.key} belongs to two alike threads`);
        owner = thread;
      };
      const named = renameRef(ref, {
        task: (task) => {
          const thread = this.#threadOf.get(task);
          if (thread === undefined) return task;
          own(thread);
          return -1 - this.#setOf.get(thread)!;
        },
        page: (address) => {
          const known = this.#pageOf.get(address);
          if (known === undefined) return address;
          own(known[0]);
          return this.#nameless(...known);
        },
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
    const mention = (thread: number, place: number | string): void => {
      if (owner >= 0 && thread !== owner) throw new NotAlikeError(`${ref.key} names another alike thread`);
      if (owner >= 0) return;
      const name = `${family} ${place}`;
      names.push({ thread, word: wordFor(this.#familyId(name), 1), place: name });
    };
    const nameless = renameValue(ref, this.#space.slots.value(slot, value), {
      task: (task, place = mentions) => {
        mentions++;
        const thread = this.#threadOf.get(task);
        if (thread === undefined) return task;
        mention(thread, place);
        return -1 - this.#setOf.get(thread)!;
      },
      page: (address, place = `${mentions}`) => {
        mentions++;
        const known = this.#pageOf.get(address);
        if (known === undefined) return address;
        mention(known[0], `page ${known[1]} ${place}`);
        return this.#nameless(...known);
      },
    });
    const id = this.#valueId(ref, family, nameless);
    return { id, word: wordFor(family, id), names };
  }

  /** What stands for a page where threads have no names: no address. */
  #nameless(thread: number, place: number): number {
    return -PAGE_SIZE * (1 + this.#setOf.get(thread)! + this.#setOf.size * place);
  }

  #valueId(ref: Ref, family: number, nameless: Value): number {
    const initial = canonical(renameValue(ref, ref.kind.initial, SAME));
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

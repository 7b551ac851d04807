import type { VisitedRecord } from "../checkpoint/checkpoint.ts";
import { copyLanes, LANES } from "./fingerprint.ts";

/** Integers an entry: the fingerprint, then the mask. */
const ENTRY = LANES + 1;
/** An entry is {@link ENTRY} integers; at this share of full the table grows, by less than half. */
const FULL = 0.75;
const GROWTH = 1.4;

/** States seen, each with a mask: a set of at most 31 threads. */
export interface Visited {
  readonly size: number;
  readonly bytes: number;
  /**
   * The mask stored with a state.
   * @param text the whole state, for who does not trust fingerprints
   * @returns -1 when the state is new
   */
  lookup(fingerprint: Int32Array, text: () => string): number;
  /** Adds a state, or gives it another mask. */
  store(fingerprint: Int32Array, text: () => string, mask: number): void;
  /** All of it, as data. The table is not copied. */
  record(): VisitedRecord;
}

/** Open addressing over 128-bit fingerprints: 20 bytes an entry, 27 to 38 with what is empty. */
export class FingerprintSet implements Visited {
  #capacity = 1 << 12;
  #table: Int32Array = new Int32Array(ENTRY * this.#capacity);
  /** Lanes that take part: fewer bits make collisions, which tests want to see. */
  readonly #keep: Int32Array;
  /** The fingerprint looked for last, and where it is or would be: who looks often stores next. */
  readonly #wanted = new Int32Array(LANES);
  #at = -1;
  /** Means nothing: what {@link touch} asked for must be used for something. */
  touched = 0;
  size = 0;

  constructor(bits = 128) {
    this.#keep = Int32Array.from({ length: LANES }, (_, lane) => {
      const own = Math.max(0, Math.min(32, bits - 32 * lane));
      return own === 32 ? -1 : 2 ** own - 1;
    });
  }

  get bytes(): number {
    return this.#table.byteLength;
  }

  lookup(fingerprint: Int32Array): number {
    const at = this.#find(fingerprint);
    return this.#isFree(at) ? -1 : this.#table[at + LANES]!;
  }

  store(fingerprint: Int32Array, _text: () => string, mask: number): void {
    const at = this.#find(fingerprint);
    if (this.#isFree(at)) {
      copyLanes(this.#wanted, 0, this.#table, at);
      this.size++;
    }
    this.#table[at + LANES] = mask;
    if (this.size > FULL * this.#capacity) this.#grow();
  }

  /** Asks memory for the place where a fingerprint belongs, without waiting for it. */
  touch(fingerprints: Int32Array, offset: number): void {
    const a = fingerprints[offset]! & this.#keep[0]!;
    const b = fingerprints[offset + 1]! & this.#keep[1]!;
    this.touched ^= this.#table[ENTRY * home(a, b, this.#capacity)]!;
  }

  /** Adds a state; false when it was there. */
  add(fingerprint: Int32Array): boolean {
    if (this.lookup(fingerprint) >= 0) return false;
    this.store(fingerprint, () => "", 0);
    return true;
  }

  record(): VisitedRecord {
    return { kind: "fingerprints", size: this.size, table: this.#table };
  }

  /** A set with what was recorded of one with as many bits. */
  static restore(bits: number | undefined, { size, table }: VisitedRecord & { kind: "fingerprints" }): FingerprintSet {
    const set = new FingerprintSet(bits);
    set.#capacity = table.length / ENTRY;
    set.#table = table;
    set.size = size;
    return set;
  }

  /** Where the fingerprint is, or the free entry where it would be. */
  #find(fingerprint: Int32Array): number {
    const wanted = this.#wanted;
    const keep = this.#keep;
    const a = fingerprint[0]! & keep[0]!;
    const b = fingerprint[1]! & keep[1]!;
    const c = fingerprint[2]! & keep[2]!;
    let d = fingerprint[3]! & keep[3]!;
    // All zero marks a free entry.
    if ((a | b | c | d) === 0) d = 1;
    if (this.#at >= 0 && wanted[0] === a && wanted[1] === b && wanted[2] === c && wanted[3] === d) return this.#at;
    wanted[0] = a;
    wanted[1] = b;
    wanted[2] = c;
    wanted[3] = d;
    return (this.#at = this.#probe(a, b, c, d));
  }

  #probe(a: number, b: number, c: number, d: number): number {
    const table = this.#table;
    let at = ENTRY * home(a, b, this.#capacity);
    for (;;) {
      const ta = table[at]!;
      const tb = table[at + 1]!;
      const tc = table[at + 2]!;
      const td = table[at + 3]!;
      if (ta === a && tb === b && tc === c && td === d) return at;
      if ((ta | tb | tc | td) === 0) return at;
      at += ENTRY;
      if (at === table.length) at = 0;
    }
  }

  #isFree(at: number): boolean {
    const table = this.#table;
    return (table[at]! | table[at + 1]! | table[at + 2]! | table[at + 3]!) === 0;
  }

  #grow(): void {
    const old = this.#table;
    this.#at = -1;
    this.#capacity = Math.ceil(GROWTH * this.#capacity);
    const table = (this.#table = new Int32Array(ENTRY * this.#capacity));
    for (let from = 0; from < old.length; from += ENTRY) {
      if ((old[from]! | old[from + 1]! | old[from + 2]! | old[from + 3]!) === 0) continue;
      let at = ENTRY * home(old[from]!, old[from + 1]!, this.#capacity);
      while (!this.#isFree(at)) {
        at += ENTRY;
        if (at === table.length) at = 0;
      }
      for (let i = 0; i < ENTRY; i++) table[at + i] = old[from + i]!;
    }
  }
}

/** Where an entry belongs: the fingerprint's first lanes, scaled to the capacity. */
function home(a: number, b: number, capacity: number): number {
  return Math.floor((((a ^ (b >>> 15)) >>> 0) * capacity) / 2 ** 32);
}

/** Whole states as keys: no collision at all, several times the memory. */
export class FullKeySet implements Visited {
  readonly #masks = new Map<string, number>();

  get size(): number {
    return this.#masks.size;
  }

  /** An estimate: keys are strings of a few dozen characters. */
  get bytes(): number {
    return this.#masks.size * 128;
  }

  lookup(_fingerprint: Int32Array, text: () => string): number {
    return this.#masks.get(text()) ?? -1;
  }

  store(_fingerprint: Int32Array, text: () => string, mask: number): void {
    this.#masks.set(text(), mask);
  }

  record(): VisitedRecord {
    return { kind: "whole", states: [...this.#masks] };
  }

  static restore({ states }: VisitedRecord & { kind: "whole" }): FullKeySet {
    const set = new FullKeySet();
    for (const [state, mask] of states) set.#masks.set(state, mask);
    return set;
  }
}

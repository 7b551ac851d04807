import type { VisitedRecord } from "../checkpoint/checkpoint.ts";
import { copyLanes, LANES } from "./fingerprint.ts";

/** At this share of full the table grows, by that factor. */
const FULL = 0.7;
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

/**
 * Open addressing over 128-bit fingerprints: 16 bytes an entry, so that none lies in two lines of a cache. Masks stand
 * beside the table, from the first that is not empty on.
 */
export class FingerprintSet implements Visited {
  #capacity = 1 << 12;
  #table: Int32Array = new Int32Array(LANES * this.#capacity);
  #masks: Int32Array | undefined;
  /** Lanes that take part: fewer bits make collisions, which tests want to see. */
  readonly #keep: Int32Array;
  /** The fingerprint looked for last, and where it is: who looks often stores next. */
  readonly #wanted = new Int32Array(LANES);
  /** Number of its entry, or the complement of that of the free entry where it would be. */
  #at = 0;
  #known = false;
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
    return this.#table.byteLength + (this.#masks?.byteLength ?? 0);
  }

  lookup(fingerprint: Int32Array): number {
    const at = this.#find(fingerprint);
    return at < 0 ? -1 : this.#masks === undefined ? 0 : this.#masks[at]!;
  }

  store(fingerprint: Int32Array, _text: () => string, mask: number): void {
    let at = this.#find(fingerprint);
    if (at < 0) {
      this.#at = at = ~at;
      copyLanes(this.#wanted, 0, this.#table, LANES * at);
      this.size++;
    }
    if (mask !== 0) this.#masks ??= new Int32Array(this.#capacity);
    if (this.#masks !== undefined) this.#masks[at] = mask;
    if (this.size > FULL * this.#capacity) this.#grow();
  }

  /** Asks memory for the places where so many fingerprints belong, without waiting for them. */
  touch(fingerprints: Int32Array, count: number): void {
    const table = this.#table;
    const capacity = this.#capacity;
    const keepA = this.#keep[0]!;
    const keepB = this.#keep[1]!;
    let touched = 0;
    for (let i = 0; i < count; i++) {
      const a = fingerprints[LANES * i]! & keepA;
      const b = fingerprints[LANES * i + 1]! & keepB;
      touched ^= table[LANES * home(a, b, capacity)]!;
    }
    this.touched = touched;
  }

  /** Adds a state; false when it was there. */
  add(fingerprint: Int32Array): boolean {
    if (this.lookup(fingerprint) >= 0) return false;
    this.store(fingerprint, () => "", 0);
    return true;
  }

  record(): VisitedRecord {
    const masks = this.#masks ?? new Int32Array(0);
    return { kind: "fingerprints", size: this.size, table: this.#table, masks };
  }

  /** A set with what was recorded of one with as many bits. */
  static restore(
    bits: number | undefined,
    { size, table, masks }: VisitedRecord & { kind: "fingerprints" },
  ): FingerprintSet {
    const set = new FingerprintSet(bits);
    set.#capacity = table.length / LANES;
    set.#table = table;
    set.#masks = masks.length === 0 ? undefined : masks;
    set.size = size;
    return set;
  }

  #find(fingerprint: Int32Array): number {
    const wanted = this.#wanted;
    const keep = this.#keep;
    const a = fingerprint[0]! & keep[0]!;
    const b = fingerprint[1]! & keep[1]!;
    const c = fingerprint[2]! & keep[2]!;
    let d = fingerprint[3]! & keep[3]!;
    // All zero marks a free entry.
    if ((a | b | c | d) === 0) d = 1;
    if (this.#known && wanted[0] === a && wanted[1] === b && wanted[2] === c && wanted[3] === d) return this.#at;
    wanted[0] = a;
    wanted[1] = b;
    wanted[2] = c;
    wanted[3] = d;
    this.#known = true;
    return (this.#at = this.#probe(a, b, c, d));
  }

  #probe(a: number, b: number, c: number, d: number): number {
    const table = this.#table;
    let at = LANES * home(a, b, this.#capacity);
    for (;;) {
      const ta = table[at]!;
      const tb = table[at + 1]!;
      const tc = table[at + 2]!;
      const td = table[at + 3]!;
      if (ta === a && tb === b && tc === c && td === d) return at >>> 2;
      if ((ta | tb | tc | td) === 0) return ~(at >>> 2);
      at += LANES;
      if (at === table.length) at = 0;
    }
  }

  #grow(): void {
    const old = this.#table;
    const oldMasks = this.#masks;
    this.#known = false;
    this.#capacity = Math.ceil(GROWTH * this.#capacity);
    const table = (this.#table = new Int32Array(LANES * this.#capacity));
    const masks = oldMasks === undefined ? undefined : (this.#masks = new Int32Array(this.#capacity));
    for (let from = 0; from < old.length; from += LANES) {
      const a = old[from]!;
      const b = old[from + 1]!;
      if ((a | b | old[from + 2]! | old[from + 3]!) === 0) continue;
      let at = LANES * home(a, b, this.#capacity);
      while ((table[at]! | table[at + 1]! | table[at + 2]! | table[at + 3]!) !== 0) {
        at += LANES;
        if (at === table.length) at = 0;
      }
      copyLanes(old, from, table, at);
      if (masks !== undefined) masks[at >>> 2] = oldMasks![from >>> 2]!;
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

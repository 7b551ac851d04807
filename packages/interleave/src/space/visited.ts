import { LANES } from "./fingerprint.ts";

/** A set of states, each known by its fingerprint or by its full key. */
export interface Visited {
  /** Adds the state; false when it was there. */
  add(fingerprint: Int32Array, at: number, vector: () => string): boolean;
  readonly size: number;
  /** Bytes held, as far as this set knows. */
  readonly bytes: number;
}

/** Open addressing over 128-bit fingerprints, 16 bytes an entry, at most three quarters full. */
export class FingerprintSet implements Visited {
  #table = new Int32Array(LANES << 12);
  #mask = (1 << 12) - 1;
  /** Lanes that take part: fewer bits make collisions, which tests want to see. */
  readonly #keep: Int32Array;
  readonly #probe = new Int32Array(LANES);
  #hasZero = false;
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

  add(fingerprint: Int32Array, at: number): boolean {
    const probe = this.#probe;
    for (let lane = 0; lane < LANES; lane++) probe[lane] = fingerprint[at + lane]! & this.#keep[lane]!;
    if ((probe[0]! | probe[1]! | probe[2]! | probe[3]!) === 0) {
      if (this.#hasZero) return false;
      this.#hasZero = true;
      this.size++;
      return true;
    }
    if (!this.#insert(this.#table, this.#mask, probe, 0)) return false;
    this.size++;
    if (this.size * 4 > (this.#mask + 1) * 3) this.#grow();
    return true;
  }

  #insert(table: Int32Array, mask: number, from: Int32Array, at: number): boolean {
    const a = from[at]!;
    const b = from[at + 1]!;
    const c = from[at + 2]!;
    const d = from[at + 3]!;
    for (let slot = (a ^ (b >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const i = slot << 2;
      const ta = table[i]!;
      const tb = table[i + 1]!;
      const tc = table[i + 2]!;
      const td = table[i + 3]!;
      if (ta === a && tb === b && tc === c && td === d) return false;
      if ((ta | tb | tc | td) === 0) {
        table[i] = a;
        table[i + 1] = b;
        table[i + 2] = c;
        table[i + 3] = d;
        return true;
      }
    }
  }

  #grow(): void {
    const old = this.#table;
    const mask = this.#mask * 2 + 1;
    const table = new Int32Array((mask + 1) << 2);
    for (let i = 0; i < old.length; i += LANES) {
      if ((old[i]! | old[i + 1]! | old[i + 2]! | old[i + 3]!) !== 0) this.#insert(table, mask, old, i);
    }
    this.#table = table;
    this.#mask = mask;
  }
}

/** Whole state vectors as keys: no collision at all, several times the memory. */
export class FullKeySet implements Visited {
  readonly #keys = new Set<string>();

  get size(): number {
    return this.#keys.size;
  }

  get bytes(): number {
    return this.#keys.size * 64;
  }

  add(_fingerprint: Int32Array, _at: number, vector: () => string): boolean {
    const before = this.#keys.size;
    this.#keys.add(vector());
    return this.#keys.size > before;
  }
}

import { LANES } from "./fingerprint.ts";

/** Open addressing over 128-bit fingerprints, 16 bytes an entry, at most three quarters full. */
export class FingerprintSet {
  #table = new Int32Array(LANES << 12);
  #mask = (1 << 12) - 1;
  /** Lanes that take part: fewer bits make collisions, which tests want to see. */
  readonly #keep: Int32Array;
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

  /** Adds the state with this fingerprint; false when it was there. */
  add(lane0: number, lane1: number, lane2: number, lane3: number): boolean {
    const keep = this.#keep;
    const a = lane0 & keep[0]!;
    const b = lane1 & keep[1]!;
    const c = lane2 & keep[2]!;
    const d = lane3 & keep[3]!;
    if ((a | b | c | d) === 0) {
      if (this.#hasZero) return false;
      this.#hasZero = true;
      this.size++;
      return true;
    }
    if (!insert(this.#table, this.#mask, a, b, c, d)) return false;
    this.size++;
    if (this.size * 4 > (this.#mask + 1) * 3) this.#grow();
    return true;
  }

  #grow(): void {
    const old = this.#table;
    const mask = this.#mask * 2 + 1;
    const table = new Int32Array((mask + 1) << 2);
    for (let i = 0; i < old.length; i += LANES) {
      const [a, b, c, d] = [old[i]!, old[i + 1]!, old[i + 2]!, old[i + 3]!];
      if ((a | b | c | d) !== 0) insert(table, mask, a, b, c, d);
    }
    this.#table = table;
    this.#mask = mask;
  }
}

function insert(table: Int32Array, mask: number, a: number, b: number, c: number, d: number): boolean {
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

/** Whole state vectors as keys: no collision at all, several times the memory. */
export class FullKeySet {
  readonly #keys = new Set<string>();

  get size(): number {
    return this.#keys.size;
  }

  /** An estimate: keys are strings of a few dozen characters. */
  get bytes(): number {
    return this.#keys.size * 128;
  }

  /** Adds the state with this key; false when it was there. */
  add(key: string): boolean {
    const before = this.#keys.size;
    this.#keys.add(key);
    return this.#keys.size > before;
  }
}

/** States seen, each known by its fingerprint or by its full key. */
export type Visited = FingerprintSet | FullKeySet;

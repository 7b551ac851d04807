import { LANES } from "../space/fingerprint.ts";
import type { Space } from "../space/space.ts";
import { Ints } from "./ints.ts";

/** Numbers states 0, 1, … in order of discovery. */
export interface Numbering {
  /** Number of states so far. */
  readonly size: number;
  readonly bytes: number;
  /** The number of the space's current state; `size` before the call when the state is new. */
  numberOf(space: Space): number;
}

/** States known by their 128-bit fingerprints: open addressing over numbers, at most half full. */
export class ByFingerprint implements Numbering {
  readonly #lanes = new Ints();
  #table = new Int32Array(1 << 12).fill(-1);
  size = 0;

  get bytes(): number {
    return this.#table.byteLength + this.#lanes.bytes;
  }

  numberOf({ fingerprint }: Space): number {
    const slot = this.#find(fingerprint);
    const known = this.#table[slot]!;
    if (known >= 0) return known;
    this.#table[slot] = this.size;
    for (let lane = 0; lane < LANES; lane++) this.#lanes.push(fingerprint[lane]!);
    this.size++;
    if (this.size * 2 > this.#table.length) this.#grow();
    return this.size - 1;
  }

  #find(fingerprint: Int32Array): number {
    const mask = this.#table.length - 1;
    for (let slot = (fingerprint[0]! ^ (fingerprint[1]! >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const state = this.#table[slot]!;
      if (state < 0 || this.#isAt(state * LANES, fingerprint)) return slot;
    }
  }

  #isAt(at: number, fingerprint: Int32Array): boolean {
    for (let lane = 0; lane < LANES; lane++) if (this.#lanes.at(at + lane) !== fingerprint[lane]) return false;
    return true;
  }

  #grow(): void {
    this.#table = new Int32Array(2 * this.#table.length).fill(-1);
    const fingerprint = new Int32Array(LANES);
    for (let state = 0; state < this.size; state++) {
      for (let lane = 0; lane < LANES; lane++) fingerprint[lane] = this.#lanes.at(state * LANES + lane);
      this.#table[this.#find(fingerprint)] = state;
    }
  }
}

/** States known by their whole key, generations renumbered: for programs that make objects without end. */
export class ByKey implements Numbering {
  readonly #numbers = new Map<string, number>();
  /** Numbers by the state as it is: renumbering is what costs, and most states are met again as they were. */
  readonly #asTheyAre = new Map<string, number>();
  #characters = 0;

  get size(): number {
    return this.#numbers.size;
  }

  get bytes(): number {
    return this.#characters + 64 * (this.#numbers.size + this.#asTheyAre.size);
  }

  numberOf(space: Space): number {
    const asItIs = space.key();
    const known = this.#asTheyAre.get(asItIs);
    if (known !== undefined) return known;
    const key = renumberedKey(space);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(key, number);
      this.#characters += key.length;
    }
    this.#asTheyAre.set(asItIs, number);
    this.#characters += asItIs.length;
    return number;
  }
}

/** The current state's key without its generations; its own where some generation belongs to no known slot. */
export function renumberedKey(space: Space): string {
  return space.generationlessKey() ?? space.key();
}

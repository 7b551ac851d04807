/** A growing set of small integers. */
export class Bits {
  words: Int32Array = new Int32Array(4);

  static of(indexes: readonly number[]): Bits {
    const bits = new Bits();
    for (const index of indexes) bits.add(index);
    return bits;
  }

  has(index: number): boolean {
    return ((this.words[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
  }

  /** @returns whether the index is new */
  add(index: number): boolean {
    const at = index >>> 5;
    if (at >= this.words.length) this.#grow(at + 1);
    const before = this.words[at]!;
    const after = before | (1 << (index & 31));
    this.words[at] = after;
    return before !== after;
  }

  /** @returns whether anything is new */
  addAll(other: Bits): boolean {
    if (other.words.length > this.words.length) this.#grow(other.words.length);
    let changed = false;
    for (let i = 0; i < other.words.length; i++) {
      const before = this.words[i]!;
      const after = before | other.words[i]!;
      if (after !== before) {
        this.words[i] = after;
        changed = true;
      }
    }
    return changed;
  }

  /** The indexes, in ascending order. */
  list(): number[] {
    const found: number[] = [];
    for (let index = 0; index < 32 * this.words.length; index++) if (this.has(index)) found.push(index);
    return found;
  }

  meets(other: Bits): boolean {
    const { words } = this;
    const theirs = other.words;
    const length = Math.min(words.length, theirs.length);
    for (let i = 0; i < length; i++) if ((words[i]! & theirs[i]!) !== 0) return true;
    return false;
  }

  #grow(length: number): void {
    const grown = new Int32Array(Math.max(length, this.words.length * 2));
    grown.set(this.words);
    this.words = grown;
  }
}

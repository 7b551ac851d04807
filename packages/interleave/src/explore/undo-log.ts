/** Values that slots had before they were written, newest last. */
export class UndoLog {
  #pairs: Int32Array = new Int32Array(1 << 12);
  end = 0;

  push(slot: number, before: number): void {
    if (this.end + 2 > this.#pairs.length) {
      const grown = new Int32Array(2 * this.#pairs.length);
      grown.set(this.#pairs);
      this.#pairs = grown;
    }
    this.#pairs[this.end++] = slot;
    this.#pairs[this.end++] = before;
  }

  /** Hands over the newest entry, and forgets it: its slot; {@link value} is what it had. */
  pop(): number {
    this.end -= 2;
    return this.#pairs[this.end]!;
  }

  /** The value of the entry last popped. */
  get value(): number {
    return this.#pairs[this.end + 1]!;
  }
}

/** A growing list of 32-bit integers. */
export class Ints {
  #data = new Int32Array(1 << 10);
  length = 0;

  push(value: number): void {
    if (this.length === this.#data.length) {
      const grown = new Int32Array(2 * this.#data.length);
      grown.set(this.#data);
      this.#data = grown;
    }
    this.#data[this.length++] = value;
  }

  /** The value at an index below {@link length}. */
  at(index: number): number {
    return this.#data[index]!;
  }

  get bytes(): number {
    return this.#data.byteLength;
  }
}

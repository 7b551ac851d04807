import { ByteColumn } from "../format/byte-column.ts";

/** A column of numbers that some events have and others have not. Absent from a block where none has one. */
export class OptionalColumn {
  readonly #column = new ByteColumn();
  #last = 0;
  #rows = 0;
  #used = false;

  push(value: number | undefined): void {
    this.#rows++;
    if (value === undefined) {
      if (this.#used) this.#column.push(0);
      return;
    }
    if (!this.#used) for (let i = 1; i < this.#rows; i++) this.#column.push(0);
    this.#used = true;
    const difference = value - this.#last;
    this.#column.push(1 + (difference < 0 ? -2 * difference - 1 : 2 * difference));
    this.#last = value;
  }

  /** The column of the rows pushed since the last call, or undefined when no row had a value. */
  take(): Uint8Array | undefined {
    const bytes = this.#used ? this.#column.take() : undefined;
    this.#last = 0;
    this.#rows = 0;
    this.#used = false;
    return bytes;
  }
}

import { ByteColumn, ColumnReader } from "./byte-column.ts";
import { malformed } from "./schema.ts";

/** A column of which most is as predicted: how much of it is, and a code for what is not. */
export class RunColumn {
  readonly #runs = new ByteColumn();
  readonly #codes = new ByteColumn();
  #run = 0;

  /** So many are as predicted. */
  predicted(count = 1): void {
    this.#run += count;
  }

  /** The next one is not. */
  other(code: number): void {
    this.#runs.push(this.#run);
    this.#codes.push(code);
    this.#run = 0;
  }

  /** Runs and codes of what came since the last call. */
  take(): readonly [runs: Uint8Array, codes: Uint8Array] {
    this.#runs.push(this.#run);
    this.#run = 0;
    return [this.#runs.take(), this.#codes.take()];
  }
}

/** Reads what {@link RunColumn} wrote. */
export class RunReader {
  /** How many are as predicted before the next that is not. Whoever passes one counts it down. */
  left: number;
  readonly #runs: ColumnReader;
  readonly #codes: ColumnReader;
  readonly #what: string;

  /** @throws TraceError when there is not even a run */
  constructor(runs: Uint8Array, codes: Uint8Array, what: string) {
    this.#runs = new ColumnReader(runs, `${what} runs`);
    this.#codes = new ColumnReader(codes, what);
    this.#what = what;
    this.left = this.#runs.next();
  }

  /** The code of the next one, which is not as predicted: `left` must be 0. */
  code(): number {
    this.left = this.#runs.next();
    return this.#codes.next();
  }

  /** @throws TraceError when something is left */
  end(): void {
    this.#runs.end();
    this.#codes.end();
    if (this.left > 0) throw malformed(`the column ${this.#what} predicts more than there is`);
  }
}

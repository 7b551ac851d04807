import { RunReader } from "./run-column.ts";
import { asBytes, asCount, asList, asTuple, malformed } from "./schema.ts";

interface Packed {
  readonly runs: Uint8Array;
  readonly codes: Uint8Array;
  /** Only those of lines and times have any. */
  readonly differences: unknown;
}

/** The columns of a block of events, by their numbers. */
export class PackedColumns {
  readonly #columns = new Map<number, Packed>();

  /** @throws TraceError when one is there twice, or what is there is none */
  constructor(data: unknown) {
    for (const part of asList(data, "the columns")) {
      const [id, runs, codes, differences] = asTuple(part, 3, "a column");
      const number = asCount(id, 0xffff, "a column's number");
      if (this.#columns.has(number)) throw malformed(`column ${number} is there twice`);
      this.#columns.set(number, {
        runs: asBytes(runs, `the runs of column ${number}`),
        codes: asBytes(codes, `the codes of column ${number}`),
        differences,
      });
    }
  }

  /** @throws TraceError when it is not there */
  required(number: number, what: string): RunReader {
    const column = this.#columns.get(number);
    if (column === undefined) throw malformed(`a block of events lacks column ${number}`);
    return new RunReader(column.runs, column.codes, what);
  }

  /** A column that need not be there, with its differences. */
  optional(number: number, what: string): { readonly reader: RunReader; readonly differences: Uint8Array } | undefined {
    const column = this.#columns.get(number);
    if (column === undefined) return undefined;
    const differences = asBytes(column.differences, `the differences of column ${number}`);
    return { reader: new RunReader(column.runs, column.codes, what), differences };
  }
}

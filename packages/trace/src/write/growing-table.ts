import { MAX_ROW_CELLS, MAX_VALUE_TEXT } from "../format/limits.ts";
import { checkValue } from "../format/plain-value.ts";
import { type PackedRows, type Row, RowEncoder } from "../format/row-encoder.ts";
import { TraceError } from "../trace-error.ts";
import { Interner } from "./interner.ts";

/** A table whose rows are numbered as events mention them; a block stores those that are new in it. */
export class GrowingTable {
  readonly #interner = new Interner();
  readonly #encoder = new RowEncoder();
  #fresh: Row[] = [];

  get size(): number {
    return this.#interner.size;
  }

  find(row: Row): number | undefined {
    return this.#interner.find(row);
  }

  /** Adds a row that is not known yet and that {@link checkRow} has passed. */
  add(row: Row): number {
    this.#fresh.push(row);
    return this.#interner.add(row);
  }

  /** The rows added since the last call. */
  take(): PackedRows {
    const packed = this.#encoder.encode(this.#fresh);
    this.#fresh = [];
    return packed;
  }
}

/**
 * Requires that a trace can hold a row, or a note.
 * @param op the step, for the message
 * @returns the length of its canonical text
 * @throws TraceError E_TRACE_VALUE
 */
export function checkRow(row: Row, op: string): number {
  if (row.length > MAX_ROW_CELLS) throw refused(op, `it has ${row.length - 1} arguments, ${MAX_ROW_CELLS - 1} at most`);
  const text = checkValue(row, `an event ${op}`);
  if (text > MAX_VALUE_TEXT) throw refused(op, `its data take ${text} characters, ${MAX_VALUE_TEXT} at most`);
  return text;
}

function refused(op: string, why: string): TraceError {
  return new TraceError("E_TRACE_VALUE", `an event ${op} cannot be recorded: ${why}.`);
}

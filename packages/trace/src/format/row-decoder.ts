import { deepFreeze, type Value } from "@faultline/mm";
import { ColumnReader } from "./byte-column.ts";
import { COMPACT_INTEGER, MAX_ROW_CELLS } from "./limits.ts";
import type { Row } from "./row-encoder.ts";
import { asBytes, asList, asTuple, asValue, malformed } from "./schema.ts";

interface Template {
  /** The row, with 0 in the holes. */
  readonly cells: readonly Value[];
  readonly holes: readonly number[];
  readonly last: number[];
}

/** Reads what a RowEncoder wrote, block by block, in order. */
export class RowDecoder {
  readonly #what: string;
  readonly #templates: Template[] = [];

  /** @param what the table's name, for messages */
  constructor(what: string) {
    this.#what = what;
  }

  /**
   * The new rows of a block, frozen.
   * @param most how many there can be at most
   */
  decode(data: unknown, most: number): Row[] {
    const [templates, picks, integers] = asTuple(data, 3, this.#what);
    for (const template of asList(templates, `${this.#what} templates`)) this.#add(template);
    const picked = asBytes(picks, `${this.#what} rows`);
    // Eight bytes a pick are more than any pick takes.
    if (picked.length > most * 8) throw malformed(`the table ${this.#what} has more rows than the block has events`);
    const pick = new ColumnReader(picked, `${this.#what} rows`);
    const integer = new ColumnReader(asBytes(integers, `${this.#what} integers`), `${this.#what} integers`);
    const count = picked.reduce((sum, byte) => sum + (byte < 0x80 ? 1 : 0), 0);
    if (count > most) throw malformed(`the table ${this.#what} has more rows than the block has events`);
    const rows: Row[] = [];
    while (rows.length < count) rows.push(this.#row(pick.next(), integer));
    pick.end();
    integer.end();
    return rows;
  }

  #add(data: unknown): void {
    const slots = asList(data, `a template of ${this.#what}`);
    if (slots.length > MAX_ROW_CELLS) throw malformed(`a template of ${this.#what} has ${slots.length} cells`);
    const holes: number[] = [];
    const cells = slots.map((slot, i): Value => {
      const literal = asList(slot, `a cell of ${this.#what}`);
      if (literal.length > 1) throw malformed(`a cell of ${this.#what} has ${literal.length} values`);
      if (literal.length === 1) return deepFreeze(asValue(literal[0], `a cell of ${this.#what}`));
      holes.push(i);
      return 0;
    });
    this.#templates.push({ cells, holes, last: holes.map(() => 0) });
  }

  #row(pick: number, integer: ColumnReader): Row {
    const template = this.#templates[pick];
    if (template === undefined) throw malformed(`a row of ${this.#what} has template ${pick}, which does not exist`);
    const row = [...template.cells];
    template.holes.forEach((cell, hole) => {
      const value = template.last[hole]! + integer.nextSigned();
      if (Math.abs(value) >= COMPACT_INTEGER) throw malformed(`a row of ${this.#what} holds an integer beyond 2^51`);
      row[cell] = template.last[hole] = value;
    });
    return row;
  }
}

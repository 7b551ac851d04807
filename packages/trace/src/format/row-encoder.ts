import type { Value } from "@faultline/mm";
import { ByteColumn } from "./byte-column.ts";
import { packableCell, takeApart } from "./row-template.ts";

/** A row of a table: an op and its arguments, or an outcome. */
export type Row = readonly Value[];

/** New rows of a table, as a block stores them: new templates, each row's template, the integers left out of them. */
export type PackedRows = readonly [templates: readonly unknown[], picks: Uint8Array, integers: Uint8Array];

interface Template {
  readonly index: number;
  /** The integers of the last row, and of those of this block. */
  last: readonly number[];
  rows: (readonly number[])[];
}

/**
 * Stores rows so that like rows cost little: a row is a template with holes where its integers stand, also those inside
 * of lists and maps, and each integer is the difference from the one that stood in the same hole last. A thousand faults
 * along a mapping are one template and a thousand times the same small number; those of one hole stand side by side.
 */
export class RowEncoder {
  readonly #templates = new Map<string, Template>();

  encode(rows: readonly Row[]): PackedRows {
    const fresh: unknown[] = [];
    const picks = new ByteColumn();
    for (const row of rows) {
      const { cells, integers } = takeApart(row);
      // Maps that differ in the order of their keys get two templates, and nothing is wrong.
      const key = JSON.stringify(cells);
      let template = this.#templates.get(key);
      if (template === undefined) {
        template = { index: this.#templates.size, last: integers.map(() => 0), rows: [] };
        this.#templates.set(key, template);
        fresh.push(cells.map(packableCell));
      }
      picks.push(template.index);
      template.rows.push(integers);
    }
    const integers = new ByteColumn();
    for (const template of this.#templates.values()) writeIntegers(template, integers);
    return [fresh, picks.take(), integers.take()];
  }
}

/** Hole by hole, each as the difference from the row before. */
function writeIntegers(template: Template, column: ByteColumn): void {
  const { last, rows } = template;
  last.forEach((from, hole) => {
    let before = from;
    for (const row of rows) {
      column.pushSigned(row[hole]! - before);
      before = row[hole]!;
    }
  });
  template.last = rows.at(-1) ?? last;
  template.rows = [];
}

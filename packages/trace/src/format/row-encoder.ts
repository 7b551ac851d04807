import type { Value } from "@faultline/mm";
import { ByteColumn } from "./byte-column.ts";
import { COMPACT_INTEGER } from "./limits.ts";
import { packable } from "./plain-value.ts";

/** A row of a table: an op and its arguments, or an outcome. */
export type Row = readonly Value[];

/** New rows of a table, as a block stores them: new templates, each row's template, the integers left out of them. */
export type PackedRows = readonly [templates: readonly unknown[], picks: Uint8Array, integers: Uint8Array];

/** Whether an integer is left out of its row's template and stored as a difference. */
export function isCompact(cell: Value): cell is number {
  return typeof cell === "number" && Math.abs(cell) < COMPACT_INTEGER;
}

/**
 * Stores rows so that like rows cost little: a row is a template with holes where its integers stand, and each integer
 * is the difference from the one that stood in the same hole last. A thousand faults along a mapping are one template
 * and a thousand times the same small number.
 */
export class RowEncoder {
  readonly #templates = new Map<string, { readonly index: number; readonly last: number[] }>();

  encode(rows: readonly Row[]): PackedRows {
    const fresh: unknown[] = [];
    const picks = new ByteColumn();
    const integers = new ByteColumn();
    for (const row of rows) {
      // Maps that differ in the order of their keys get two templates, and nothing is wrong.
      const key = JSON.stringify(row.map((cell) => (isCompact(cell) ? [] : [cell])));
      let template = this.#templates.get(key);
      if (template === undefined) {
        template = { index: this.#templates.size, last: row.filter(isCompact).map(() => 0) };
        this.#templates.set(key, template);
        fresh.push(row.map((cell) => (isCompact(cell) ? [] : [packable(cell)])));
      }
      picks.push(template.index);
      row.filter(isCompact).forEach((integer, hole) => {
        integers.pushSigned(integer - template.last[hole]!);
        template.last[hole] = integer;
      });
    }
    return [fresh, picks.take(), integers.take()];
  }
}

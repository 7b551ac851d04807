import type { Value } from "@faultline/mm";
import { COMPACT_INTEGER, MAX_ROW_CELLS } from "./limits.ts";
import { packable } from "./plain-value.ts";

/** A cell of a template: a value, an integer that is stored apart, or a list or map that holds some. */
export type Cell =
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "integer" }
  | { readonly kind: "parts"; readonly keys: readonly string[] | undefined; readonly cells: readonly Cell[] };

/** A row without its integers, and they, in the order of the cells, those inside a cell where it stands. */
export interface TakenApart {
  readonly cells: readonly Cell[];
  readonly integers: readonly number[];
}

const INTEGER: Cell = { kind: "integer" };

/** How deep lists and maps are taken apart: a template nests deeper than what it stands for. */
const LEVELS = 3;

/** Whether an integer is left out of its row's template and stored as a difference. */
function isCompact(value: Value): value is number {
  return typeof value === "number" && Math.abs(value) < COMPACT_INTEGER;
}

/** Takes a row apart. What would make it more than {@link MAX_ROW_CELLS} cells stays whole. */
export function takeApart(row: readonly Value[]): TakenApart {
  const integers: number[] = [];
  let room = MAX_ROW_CELLS - row.length;
  const cellOf = (value: Value, levels: number): Cell => {
    if (isCompact(value)) {
      integers.push(value);
      return INTEGER;
    }
    if (typeof value !== "object" || value === null || !holdsInteger(value, levels)) return { kind: "value", value };
    const parts = Object.values(value) as readonly Value[];
    if (parts.length > room) return { kind: "value", value };
    room -= parts.length;
    const cells = parts.map((part) => cellOf(part, levels - 1));
    return { kind: "parts", keys: Array.isArray(value) ? undefined : Object.keys(value), cells };
  };
  return { cells: row.map((value) => cellOf(value, LEVELS)), integers };
}

/** Whether a list or map is worth taking apart: there is an integer in it, not too deep. */
function holdsInteger(value: object, levels: number): boolean {
  if (levels === 0) return false;
  return (Object.values(value) as readonly Value[]).some(
    (part) => isCompact(part) || (typeof part === "object" && part !== null && holdsInteger(part, levels - 1)),
  );
}

/** As a file stores it. */
export function packableCell(cell: Cell): readonly unknown[] {
  switch (cell.kind) {
    case "integer":
      return [];
    case "value":
      return [packable(cell.value)];
    case "parts":
      return [cell.keys ?? null, cell.cells.map(packableCell)];
  }
}

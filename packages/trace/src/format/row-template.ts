import type { Value } from "@faultline/mm";
import { COMPACT_CELL, MAX_ROW_CELLS } from "./limits.ts";
import { packable } from "./plain-value.ts";

/** A row of a template: an op and its arguments, or an outcome. */
export type Row = readonly Value[];

/**
 * A cell of a template: a value, an integer that is stored apart, a text that ends in one, or a list or map that holds
 * some.
 */
export type Cell =
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "integer" }
  | { readonly kind: "text"; readonly prefix: string }
  | { readonly kind: "parts"; readonly keys: readonly string[] | undefined; readonly cells: readonly Cell[] };

/** A row without its integers, and they, in the order of the cells, those inside a cell where it stands. */
export interface TakenApart {
  readonly cells: readonly Cell[];
  readonly integers: readonly number[];
}

const INTEGER: Cell = { kind: "integer" };

/** How deep lists and maps are taken apart: a template nests deeper than what it stands for. */
export const LEVELS = 3;

/** Digits of an integer at the end of a text that are stored apart. */
const DIGITS = 9;

const [ZERO, NINE] = [0x30, 0x39];

/** Whether an integer is left out of its row's template. */
export function isCompact(value: Value): value is number {
  return typeof value === "number" && Math.abs(value) < COMPACT_CELL && Number.isInteger(value);
}

/**
 * Where the integer begins that a text ends in, as decimals write it; the text's length when there is none, or
 * nothing before it.
 */
export function integerAt(text: string): number {
  const { length } = text;
  let at = length;
  while (at > 0 && length - at < DIGITS && isDigit(text.charCodeAt(at - 1))) at--;
  while (at < length - 1 && text.charCodeAt(at) === ZERO) at++;
  return at === 0 ? length : at;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/**
 * Takes a row apart. Its first cell, which says what the row is, stays whole; so does what would make it more than
 * {@link MAX_ROW_CELLS} cells.
 */
export function takeApart(row: Row): TakenApart {
  const integers: number[] = [];
  let room = MAX_ROW_CELLS - row.length;
  const cellOf = (value: Value, levels: number): Cell => {
    if (isCompact(value)) {
      integers.push(value);
      return INTEGER;
    }
    if (typeof value === "string") {
      const at = integerAt(value);
      if (at === value.length) return { kind: "value", value };
      integers.push(Number(value.slice(at)));
      return { kind: "text", prefix: value.slice(0, at) };
    }
    if (typeof value !== "object" || value === null || !holdsInteger(value, levels)) return { kind: "value", value };
    const parts = Object.values(value) as readonly Value[];
    if (parts.length > room) return { kind: "value", value };
    room -= parts.length;
    const cells = parts.map((part) => cellOf(part, levels - 1));
    return { kind: "parts", keys: Array.isArray(value) ? undefined : Object.keys(value), cells };
  };
  const cells = row.map((value, i): Cell => (i === 0 ? { kind: "value", value } : cellOf(value, LEVELS)));
  return { cells, integers };
}

/** Whether a list or map is worth taking apart: there is an integer in it, not too deep. */
function holdsInteger(value: object, levels: number): boolean {
  if (levels === 0) return false;
  return (Object.values(value) as readonly Value[]).some(
    (part) =>
      isCompact(part) ||
      (typeof part === "string" && integerAt(part) < part.length) ||
      (typeof part === "object" && part !== null && holdsInteger(part, levels - 1)),
  );
}

/** As a file stores it. */
export function packableCell(cell: Cell): readonly unknown[] {
  switch (cell.kind) {
    case "integer":
      return [];
    case "value":
      return [packable(cell.value)];
    case "text":
      return [cell.prefix, null];
    case "parts":
      return [cell.keys ?? null, cell.cells.map(packableCell)];
  }
}

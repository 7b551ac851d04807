import { deepFreeze, type Value } from "@faultline/mm";
import { MAX_GROUP_ROWS, MAX_ROW_CELLS } from "./limits.ts";
import type { Cell, Row } from "./row-template.ts";
import { asList, asText, asValue, malformed } from "./schema.ts";

/** A template as a reader uses it: how many integers stand outside of it, and how rows are made with them. */
export interface Template {
  readonly cells: readonly Cell[];
  readonly holes: number;
}

/** The templates that a reader knows: each block brings some. */
export class TemplateTable {
  readonly templates: Template[] = [];
  readonly #what: string;

  /** @param what the table's name, for messages */
  constructor(what: string) {
    this.#what = what;
  }

  /**
   * Adds the templates that a block brings.
   * @throws TraceError
   */
  grow(data: unknown): void {
    for (const template of asList(data, `${this.#what} templates`)) this.templates.push(this.#template(template));
    if (this.templates.length > MAX_GROUP_ROWS) {
      throw malformed(`the table of ${this.#what} has more than ${MAX_GROUP_ROWS} templates`);
    }
  }

  #template(data: unknown): Template {
    const size = { cells: 0, holes: 0 };
    const cells = this.#cells(asList(data, `a template of ${this.#what}`), size);
    return { cells, holes: size.holes };
  }

  #cells(slots: readonly unknown[], size: { cells: number; holes: number }): Cell[] {
    size.cells += slots.length;
    if (size.cells > MAX_ROW_CELLS) throw malformed(`a template of ${this.#what} has more than ${MAX_ROW_CELLS} cells`);
    const cell = `a cell of ${this.#what}`;
    return slots.map((slot): Cell => {
      const parts = asList(slot, cell);
      const [first, second] = parts;
      if (parts.length > 2) throw malformed(`${cell} has more than two parts`);
      if (parts.length === 1) return { kind: "value", value: deepFreeze(asValue(first, cell)) };
      if (parts.length === 2 && second !== null) return this.#parts(first, asList(second, cell), size);
      size.holes++;
      return parts.length === 0 ? { kind: "integer" } : { kind: "text", prefix: asText(first, cell) };
    });
  }

  #parts(keys: unknown, slots: readonly unknown[], size: { cells: number; holes: number }): Cell {
    const what = `a list or map in a cell of ${this.#what}`;
    const before = size.holes;
    const cells = this.#cells(slots, size);
    // It would be a value that need not be put together.
    if (size.holes === before) throw malformed(`${what} holds no integer`);
    if (keys === null) return { kind: "parts", keys: undefined, cells };
    const names = asList(keys, what).map((key) => asText(key, what));
    const differ = new Set(names).size === cells.length && names.length === cells.length;
    if (!differ || names.includes("__proto__")) throw malformed(`${what} has other keys than cells`);
    return { kind: "parts", keys: names, cells };
  }
}

/** Puts rows together, with integers from an array. */
export class RowBuilder {
  #integers: Float64Array = new Float64Array(0);
  #at = 0;

  /**
   * The row of a template whose integers begin at a place of an array, without its first `skip` cells, which hold none.
   * Its lists and maps are frozen.
   */
  build({ cells }: Template, integers: Float64Array, at: number, skip: number): Row {
    this.#integers = integers;
    this.#at = at;
    const row: Value[] = [];
    for (let i = skip; i < cells.length; i++) row.push(this.#value(cells[i]!));
    return row;
  }

  #value(cell: Cell): Value {
    switch (cell.kind) {
      case "value":
        return cell.value;
      case "integer":
        return this.#integers[this.#at++]!;
      case "text":
        return cell.prefix + String(this.#integers[this.#at++]!);
      case "parts": {
        const { keys, cells } = cell;
        if (keys === undefined) return Object.freeze(cells.map((part) => this.#value(part)));
        const map: Record<string, Value> = {};
        for (let i = 0; i < cells.length; i++) map[keys[i]!] = this.#value(cells[i]!);
        return Object.freeze(map);
      }
    }
  }
}

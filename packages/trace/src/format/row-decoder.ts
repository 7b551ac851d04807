import { deepFreeze, type Value } from "@faultline/mm";
import { ColumnReader } from "./byte-column.ts";
import { COMPACT_INTEGER, MAX_GROUP_ITEMS, MAX_ROW_CELLS } from "./limits.ts";
import type { Row } from "./row-encoder.ts";
import type { Cell } from "./row-template.ts";
import { asBytes, asList, asText, asTuple, asValue, malformed } from "./schema.ts";

interface Template {
  readonly cells: readonly Cell[];
  /** How many of the cells are lists or maps taken apart, those inside of others included. */
  readonly parts: number;
  readonly last: number[];
}

/** The rows of a template in a block: their integers, hole by hole, and how many of the rows have been put together. */
interface Rows {
  readonly template: Template;
  count: number;
  readonly holes: number[][];
  next: number;
}

/** Reads what a RowEncoder wrote, block by block, in order. */
export class RowDecoder {
  readonly #what: string;
  readonly #templates: Template[] = [];
  /** Lists and maps that have been put together. */
  #made = 0;

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
    const picked = this.#pick(asBytes(picks, `${this.#what} rows`), most);
    this.#readIntegers(picked, asBytes(integers, `${this.#what} integers`));
    return picked.map((rows) => {
      const integers = rows.holes.map((hole) => hole[rows.next]!);
      rows.next++;
      return putTogether(rows.template.cells, integers.values());
    });
  }

  #pick(bytes: Uint8Array, most: number): Rows[] {
    const tooMany = (): Error => malformed(`the table ${this.#what} has more rows than the block has events`);
    // Eight bytes a pick are more than any pick takes.
    if (bytes.length > most * 8) throw tooMany();
    const count = bytes.reduce((sum, byte) => sum + (byte < 0x80 ? 1 : 0), 0);
    if (count > most) throw tooMany();
    const pick = new ColumnReader(bytes, `${this.#what} rows`);
    const found = new Map<number, Rows>();
    const picked = Array.from({ length: count }, () => {
      const index = pick.next();
      const rows = found.get(index) ?? this.#rowsOf(index);
      found.set(index, rows);
      rows.count++;
      this.#made += rows.template.parts;
      return rows;
    });
    pick.end();
    if (this.#made > MAX_GROUP_ITEMS)
      throw malformed(`the rows of ${this.#what} hold more than ${MAX_GROUP_ITEMS} lists`);
    return picked;
  }

  #rowsOf(index: number): Rows {
    const template = this.#templates[index];
    if (template === undefined) throw malformed(`a row of ${this.#what} has template ${index}, which does not exist`);
    return { template, count: 0, holes: template.last.map(() => []), next: 0 };
  }

  /** Templates in the order in which they are numbered, and in each hole by hole. */
  #readIntegers(picked: readonly Rows[], bytes: Uint8Array): void {
    const integer = new ColumnReader(bytes, `${this.#what} integers`);
    const order = new Map(this.#templates.map((template, index) => [template, index]));
    const all = [...new Set(picked)].sort((a, b) => order.get(a.template)! - order.get(b.template)!);
    for (const { template, count, holes } of all) {
      for (const [hole, values] of holes.entries()) {
        let value = template.last[hole]!;
        for (let i = 0; i < count; i++) {
          value += integer.nextSigned();
          if (Math.abs(value) >= COMPACT_INTEGER)
            throw malformed(`a row of ${this.#what} holds an integer beyond 2^51`);
          values.push(value);
        }
        template.last[hole] = value;
      }
    }
    integer.end();
  }

  #add(data: unknown): void {
    const slots = asList(data, `a template of ${this.#what}`);
    const size = { cells: 0, parts: 0, holes: 0 };
    const cells = this.#cells(slots, size);
    this.#templates.push({ cells, parts: size.parts, last: Array.from({ length: size.holes }, () => 0) });
  }

  #cells(slots: readonly unknown[], size: { cells: number; parts: number; holes: number }): Cell[] {
    size.cells += slots.length;
    if (size.cells > MAX_ROW_CELLS) throw malformed(`a template of ${this.#what} has more than ${MAX_ROW_CELLS} cells`);
    const cell = `a cell of ${this.#what}`;
    return slots.map((slot): Cell => {
      const [first, second, ...more] = asList(slot, cell);
      if (more.length > 0) throw malformed(`${cell} has more than two parts`);
      if (second !== undefined) return this.#parts(first, asList(second, cell), size);
      if ((slot as readonly unknown[]).length > 0) return { kind: "value", value: deepFreeze(asValue(first, cell)) };
      size.holes++;
      return { kind: "integer" };
    });
  }

  #parts(keys: unknown, slots: readonly unknown[], size: { cells: number; parts: number; holes: number }): Cell {
    const what = `a list or map in a cell of ${this.#what}`;
    const before = size.holes;
    size.parts++;
    const cells = this.#cells(slots, size);
    // One that costs a row no byte could be made any number of times.
    if (size.holes === before) throw malformed(`${what} holds no integer`);
    if (keys === null) return { kind: "parts", keys: undefined, cells };
    const names = asList(keys, what).map((key) => asText(key, what));
    const differ = new Set(names).size === cells.length && names.length === cells.length;
    if (!differ || names.includes("__proto__")) throw malformed(`${what} has other keys than cells`);
    return { kind: "parts", keys: names, cells };
  }
}

function putTogether(cells: readonly Cell[], integers: Iterator<number>): Row {
  return cells.map((cell) => valueOf(cell, integers));
}

function valueOf(cell: Cell, integers: Iterator<number>): Value {
  switch (cell.kind) {
    case "value":
      return cell.value;
    case "integer":
      return integers.next().value as number;
    case "parts": {
      const parts = cell.cells.map((part) => valueOf(part, integers));
      const { keys } = cell;
      if (keys === undefined) return Object.freeze(parts);
      const map: Record<string, Value> = {};
      keys.forEach((key, i) => (map[key] = parts[i]!));
      return Object.freeze(map);
    }
  }
}

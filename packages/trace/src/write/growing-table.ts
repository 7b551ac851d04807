import type { Value } from "@faultline/mm";
import { MAX_ROW_CELLS, MAX_VALUE_TEXT } from "../format/limits.ts";
import { checkValue } from "../format/plain-value.ts";
import { type Cell, packableCell, type Row, takeApart } from "../format/row-template.ts";
import { TraceError } from "../trace-error.ts";
import { TemplateTrie } from "./template-trie.ts";

/** Templates numbered as events mention them; a block stores those that are new in it. */
export class GrowingTable {
  /** The integers of the row that was looked for last, `count` of them. */
  integers: Float64Array;
  count = 0;
  /** Characters of the row that was looked for last, when it was not known. */
  text = 0;
  readonly #trie = new TemplateTrie();
  /** The templates that the trie does not find, by their text. */
  readonly #large = new Map<string, number>();
  #cells: readonly Cell[] = [];
  #fresh: (readonly Cell[])[] = [];
  #size = 0;

  constructor() {
    this.integers = this.#trie.integers;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * The template of a row whose first cell, which stays whole, and whose others are given.
   * @param op the step, for messages
   * @returns undefined when it is new: then {@link add} adds it
   * @throws TraceError E_TRACE_VALUE for a row that a trace cannot hold
   */
  find(first: Value, others: Row, op: string): number | undefined {
    const known = this.#trie.find(first, others);
    this.integers = this.#trie.integers;
    this.count = this.#trie.count;
    return known ?? this.#findSlowly([first, ...others], op);
  }

  /** Adds the template of the row that was looked for last. */
  add(first: Value, others: Row): number {
    const template = this.#size++;
    this.#fresh.push(this.#cells);
    this.#trie.add(first, others, template);
    // A row that is too large to be found by the trie is found by its text.
    if (this.#trie.find(first, others) !== template) this.#large.set(JSON.stringify(this.#cells), template);
    return template;
  }

  /** The templates added since the last call. */
  take(): readonly unknown[] {
    const packed = this.#fresh.map((cells) => cells.map(packableCell));
    this.#fresh = [];
    return packed;
  }

  #findSlowly(row: Row, op: string): number | undefined {
    this.text = checkRow(row, op);
    const { cells, integers } = takeApart(row);
    this.#cells = cells;
    this.integers = Float64Array.from(integers);
    this.count = integers.length;
    return this.#large.size === 0 ? undefined : this.#large.get(JSON.stringify(cells));
  }
}

/**
 * Requires that a trace can hold a row.
 * @param op the step, for the message
 * @returns the length of its canonical text
 * @throws TraceError E_TRACE_VALUE
 */
function checkRow(row: Row, op: string): number {
  if (row.length > MAX_ROW_CELLS) throw refused(op, `it has ${row.length - 1} arguments, ${MAX_ROW_CELLS - 1} at most`);
  const text = checkValue(row, `an event ${op}`);
  if (text > MAX_VALUE_TEXT) throw refused(op, `its data take ${text} characters, ${MAX_VALUE_TEXT} at most`);
  return text;
}

function refused(op: string, why: string): TraceError {
  return new TraceError("E_TRACE_VALUE", `an event ${op} cannot be recorded: ${why}.`);
}

import type { Value } from "@faultline/mm";
import { MAX_ROW_CELLS } from "../format/limits.ts";
import { integerAt, isCompact, LEVELS, type Row } from "../format/row-template.ts";

/**
 * What leads from one node to the next: a plain value, a map's key, or the mark of an integer, of a text that ends in
 * one, or of where a list or map begins or ends.
 */
type Label = Value | symbol;

const INTEGER: unique symbol = Symbol("integer");
const TEXT: unique symbol = Symbol("text");
const LIST: unique symbol = Symbol("[");
const MAP: unique symbol = Symbol("{");
const END: unique symbol = Symbol("end");

interface Node {
  template: number | undefined;
  /** Most nodes have one child. */
  label: Label | undefined;
  only: Node | undefined;
  others: Map<Label, Node> | undefined;
}

/**
 * Finds the template of a row, and the integers that stand outside of it, without building anything: a trie over what
 * templates are made of. Rows with maps whose keys come in another order have another template: that costs room, and
 * nothing else.
 */
export class TemplateTrie {
  /** The integers of the row that was looked for last, `count` of them. */
  readonly integers: Float64Array = new Float64Array(MAX_ROW_CELLS);
  count = 0;
  readonly #root: Node = node();
  #cells = 0;

  /**
   * The template of a row whose first cell, which stays whole, and whose others are given.
   * @returns undefined when it is not known, or the row is too large or too deep to be found
   */
  find(first: Value, others: Row): number | undefined {
    this.count = 0;
    this.#cells = 1;
    let at = child(this.#root, first);
    for (let i = 0; at !== undefined && i < others.length; i++) at = this.#follow(at, others[i]!, LEVELS);
    return at?.template;
  }

  /** Lets a row be found that {@link find} did not find, and that is not too large. */
  add(first: Value, others: Row, template: number): void {
    let at = childOf(this.#root, first);
    for (const cell of others) at = grow(at, cell);
    at.template = template;
  }

  /** Ends where the trie does. */
  #follow(from: Node, value: Value, levels: number): Node | undefined {
    if (++this.#cells > MAX_ROW_CELLS) return undefined;
    if (isCompact(value)) {
      this.integers[this.count++] = value;
      return child(from, INTEGER);
    }
    if (typeof value === "string") {
      const at = integerAt(value);
      if (at === value.length) return child(from, value);
      const text = child(from, TEXT);
      this.integers[this.count++] = Number(value.slice(at));
      return text && child(text, value.slice(0, at));
    }
    if (typeof value !== "object" || value === null) return child(from, value);
    if (levels === 0) return undefined;
    let at: Node | undefined;
    if (Array.isArray(value)) {
      at = child(from, LIST);
      for (let i = 0; at !== undefined && i < value.length; i++) {
        at = this.#follow(at, (value as readonly Value[])[i]!, levels - 1);
      }
    } else {
      if (!isPlain(value)) return undefined;
      at = child(from, MAP);
      // Of plain objects the same keys as Object.keys gives, which would make a list of them for each event.
      const map = value as Readonly<Record<string, Value>>;
      for (const key in map) {
        at = at && child(at, key);
        at = at && this.#follow(at, map[key]!, levels - 1);
      }
    }
    return at && child(at, END);
  }
}

function node(): Node {
  return { template: undefined, label: undefined, only: undefined, others: undefined };
}

function grow(from: Node, value: Value): Node {
  if (isCompact(value)) return childOf(from, INTEGER);
  if (typeof value === "string") {
    const at = integerAt(value);
    return at === value.length ? childOf(from, value) : childOf(childOf(from, TEXT), value.slice(0, at));
  }
  if (typeof value !== "object" || value === null) return childOf(from, value);
  if (Array.isArray(value)) return childOf((value as readonly Value[]).reduce(grow, childOf(from, LIST)), END);
  let at = childOf(from, MAP);
  for (const key of Object.keys(value)) at = grow(childOf(at, key), (value as Readonly<Record<string, Value>>)[key]!);
  return childOf(at, END);
}

function child(at: Node, label: Label): Node | undefined {
  return at.label === label ? at.only : at.others?.get(label);
}

function childOf(at: Node, label: Label): Node {
  const known = child(at, label);
  if (known !== undefined) return known;
  const next = node();
  if (at.only === undefined) {
    at.label = label;
    at.only = next;
  } else {
    at.others ??= new Map();
    at.others.set(label, next);
  }
  return next;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

import type { Value } from "@faultline/mm";
import type { Row } from "../format/row-encoder.ts";

/** What leads from one node to the next: a plain value, a map's key, or the mark of where a list or map begins or ends. */
type Label = Value | symbol;

const LIST: unique symbol = Symbol("[");
const MAP: unique symbol = Symbol("{");
const END: unique symbol = Symbol("end");

interface Node {
  index: number | undefined;
  /** Most nodes have one child. */
  label: Label | undefined;
  only: Node | undefined;
  others: Map<Label, Node> | undefined;
}

/**
 * Numbers rows in order of first appearance. A trie over what rows are made of, because building a text per event to
 * look it up would cost more than everything else that recording does. Rows with maps whose keys come in another order
 * count as different: that costs room, and nothing else.
 */
export class Interner {
  readonly #root: Node = node();
  #size = 0;

  /** Rows known. The next one added gets this number. */
  get size(): number {
    return this.#size;
  }

  /** The number of the row that is like this one, if there is one. Whatever is no {@link Value} equals none. */
  find(row: Row): number | undefined {
    let at: Node | undefined = this.#root;
    for (const cell of row) {
      at = follow(at, cell);
      if (at === undefined) return undefined;
    }
    return at.index;
  }

  /** Adds a row that is not known yet, and is one of values. */
  add(row: Row): number {
    let at = this.#root;
    for (const cell of row) at = grow(at, cell);
    return (at.index = this.#size++);
  }
}

function node(): Node {
  return { index: undefined, label: undefined, only: undefined, others: undefined };
}

/** Ends where the trie does, so also for a value that contains itself. */
function follow(from: Node, value: Value): Node | undefined {
  if (typeof value !== "object" || value === null) return child(from, value);
  let at: Node | undefined;
  if (Array.isArray(value)) {
    at = child(from, LIST);
    for (let i = 0; at !== undefined && i < value.length; i++) at = follow(at, (value as readonly Value[])[i]!);
  } else {
    if (!isPlain(value)) return undefined;
    at = child(from, MAP);
    for (const key of Object.keys(value)) {
      at = at && child(at, key);
      at = at && follow(at, (value as Readonly<Record<string, Value>>)[key]!);
    }
  }
  return at && child(at, END);
}

function grow(from: Node, value: Value): Node {
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

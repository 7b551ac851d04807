import type { Value } from "@faultline/mm";
import { checkValue } from "../format/plain-value.ts";
import type { Row } from "../format/row-encoder.ts";

interface Node {
  index: number | undefined;
  readonly plain: Map<Value, Node>;
  /** By canonical text: lists and maps that are equal need not be the same object. */
  readonly deep: Map<string, Node>;
}

/**
 * Numbers rows in order of first appearance. A trie over the cells, because building a text per event to look it up
 * would cost more than everything else that recording does.
 */
export class Interner {
  readonly #root: Node = node();
  #size = 0;

  /** Rows known. The next one added gets this number. */
  get size(): number {
    return this.#size;
  }

  /**
   * The number of the row that equals this one, if there is one.
   * @throws TraceError E_TRACE_VALUE for a list or map that a trace cannot hold
   */
  find(row: Row): number | undefined {
    let at: Node | undefined = this.#root;
    for (const cell of row) {
      at = step(at, cell);
      if (at === undefined) return undefined;
    }
    return at.index;
  }

  /** Adds a row that is not known yet. */
  add(row: Row): number {
    let at = this.#root;
    for (const cell of row) at = step(at, cell) ?? grow(at, cell);
    return (at.index = this.#size++);
  }
}

function node(): Node {
  return { index: undefined, plain: new Map(), deep: new Map() };
}

function step(at: Node, cell: Value): Node | undefined {
  return isDeep(cell) ? at.deep.get(textOf(cell)) : at.plain.get(cell);
}

function grow(at: Node, cell: Value): Node {
  const next = node();
  if (isDeep(cell)) at.deep.set(textOf(cell), next);
  else at.plain.set(cell, next);
  return next;
}

/** Checks on the way: what comes here has been looked at by nobody, and may even contain itself. */
function textOf(cell: Value): string {
  return checkValue(cell, "an event's data");
}

function isDeep(cell: Value): boolean {
  return typeof cell === "object" && cell !== null;
}

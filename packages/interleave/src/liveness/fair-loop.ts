import { type Region, staysInside } from "./fairness.ts";

/** What a loop must do beside being fair. */
export interface Wish {
  /** By label: at least one of the loop's edges must have such a label. Absent: any loop will do. */
  readonly oneOf?: readonly boolean[];
}

/** Threads whose turn a search can keep track of in one number. */
const MAX_BITS = 20;

/**
 * The obligations of a loop from its first state, a bit each: a thread that is enabled there must step somewhere on the
 * way or be found disabled somewhere; one bit more for the wish.
 */
export class Obligations {
  readonly full: number;
  readonly #graph: Region["graph"];
  readonly #bitOf = new Map<number, number>();
  readonly #oneOf: readonly boolean[] | undefined;
  readonly #wish: number;

  /** @returns undefined when there are more of them than a search can keep track of */
  static from(region: Region, anchor: number, wish: Wish): Obligations | undefined {
    const obligations = new Obligations(region, anchor, wish);
    return obligations.full < 2 ** MAX_BITS ? obligations : undefined;
  }

  constructor({ graph }: Region, anchor: number, { oneOf }: Wish) {
    this.#graph = graph;
    this.#oneOf = oneOf;
    for (let edge = graph.first(anchor); edge < graph.end(anchor); edge++) {
      const thread = graph.threadOf(edge);
      if (!this.#bitOf.has(thread)) this.#bitOf.set(thread, 2 ** this.#bitOf.size);
    }
    this.#wish = oneOf === undefined ? 0 : 2 ** this.#bitOf.size;
    this.full = 2 ** (this.#bitOf.size + (oneOf === undefined ? 0 : 1)) - 1;
  }

  /** What is met once this edge has been taken, given what was met before. */
  after(met: number, edge: number): number {
    const graph = this.#graph;
    let now = met;
    const label = graph.labelOf(edge);
    if (this.#oneOf?.[label] === true) now |= this.#wish;
    now |= this.#bitOf.get(graph.labels[label]!.thread) ?? 0;
    if (now === this.full) return now;
    const target = graph.target(edge);
    for (const [thread, bit] of this.#bitOf) {
      if ((now & bit) === 0 && !graph.isEnabled(target, thread)) now |= bit;
    }
    return now;
  }
}

/** A search's store of entries, as columns: a state with what is met, and the edge and entry it was reached by. */
class Front {
  readonly states: number[] = [];
  readonly met: number[] = [];
  readonly #edges: number[] = [];
  readonly #before: number[] = [];
  readonly #seen = new Set<number>();

  get size(): number {
    return this.states.length;
  }

  /** Adds an entry unless it is there. */
  add(state: number, met: number, edge: number, before: number): void {
    const key = state * 2 ** (MAX_BITS + 1) + met;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.states.push(state);
    this.met.push(met);
    this.#edges.push(edge);
    this.#before.push(before);
  }

  edgesTo(entry: number, last: number): number[] {
    const edges = [last];
    for (let at = entry; at > 0; at = this.#before[at]!) edges.push(this.#edges[at]!);
    return edges.reverse();
  }
}

/** How many entries searches may still hold, all together. */
export interface Allowance {
  entries: number;
}

/**
 * The shortest fair loop from a state back to it, inside its component, with fewer edges than `limit`.
 * @returns its edges; undefined when there is none; `"too much"` when the allowance ended first
 */
export function shortestFairLoop(
  region: Region,
  anchor: number,
  wish: Wish,
  limit: number,
  allowance: Allowance,
): readonly number[] | undefined | "too much" {
  const obligations = Obligations.from(region, anchor, wish);
  if (obligations === undefined) return "too much";
  const { graph, components } = region;
  const component = components.of[anchor]!;
  const front = new Front();
  front.add(anchor, 0, -1, -1);
  let levelEnd = 1;
  let length = 1;
  for (let entry = 0; entry < front.size; entry++) {
    if (entry === levelEnd) {
      levelEnd = front.size;
      length++;
    }
    if (length >= limit) return undefined;
    const state = front.states[entry]!;
    for (let edge = graph.first(state); edge < graph.end(state); edge++) {
      if (!staysInside(region, component, edge)) continue;
      const met = obligations.after(front.met[entry]!, edge);
      const target = graph.target(edge);
      if (target === anchor && met === obligations.full) return front.edgesTo(entry, edge);
      const before = front.size;
      front.add(target, met, edge, entry);
      allowance.entries -= front.size - before;
    }
    if (allowance.entries <= 0) return "too much";
  }
  return undefined;
}

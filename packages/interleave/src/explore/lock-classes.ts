import { documentedOutside, LOCK_ORDER_PAIRS } from "@faultline/mm";
import type { Leaf } from "../space/memo.ts";
import type { Space } from "../space/space.ts";
import { eventsOf, type Path } from "./path.ts";

/** One class of locks waited for under another, with a run that does it, or from the documents, without one. */
interface Edge {
  readonly held: string;
  readonly taken: string;
  readonly path: Path | undefined;
}

/** Classes that are taken in a circle. */
export interface Inversion {
  readonly circle: readonly Edge[];
  /** The run to the step that was last to close it. */
  readonly path: Path;
}

/**
 * Which lock classes are waited for under which, over all of an exploration, as lockdep keeps it. What an edge is made
 * of, the locks that the task itself holds, belongs to the step, so edges are gathered from transitions and nothing of
 * this is part of a state: no two steps become dependent by it. Every run has an explored one with the same steps.
 */
export class LockClasses {
  readonly #seen = new Set<Leaf>();
  readonly #edges = new Map<string, Edge>();

  /** A step was taken; `path` leads to it. */
  note(leaf: Leaf, path: () => Path): void {
    if (this.#seen.has(leaf)) return;
    this.#seen.add(leaf);
    for (const { held, taken } of leaf.lockEdges) {
      const key = `${held} ${taken}`;
      if (!this.#edges.has(key)) this.#edges.set(key, { held, taken, path: path() });
    }
  }

  /** Every edge, with the run that showed it. */
  edges(): { readonly held: string; readonly taken: string; readonly path: Path }[] {
    return [...this.#edges.values()].map(({ held, taken, path }) => ({ held, taken, path: path ?? [] }));
  }

  /** Knows an edge of an earlier search. */
  restore(held: string, taken: string, path: Path): void {
    this.#edges.set(`${held} ${taken}`, { held, taken, path });
  }

  /**
   * The smallest circle through each edge, each set of classes once, in order of their names. Not those of one edge
   * against the documented order: they are found at the step itself.
   */
  inversions(): Inversion[] {
    if (this.#edges.size === 0) return [];
    const out = new Map<string, Edge[]>();
    const documented = LOCK_ORDER_PAIRS.map(([held, taken]) => ({ held, taken, path: undefined }));
    for (const edge of [...this.#edges.values(), ...documented]) {
      out.set(edge.held, [...(out.get(edge.held) ?? []), edge]);
    }
    const found = new Map<string, Inversion>();
    for (const edge of this.#edges.values()) {
      if (documentedOutside(edge.taken, edge.held)) continue;
      const back = shortest(out, edge.taken, edge.held);
      if (back === undefined) continue;
      const circle = [edge, ...back];
      const key = circle
        .map(({ held }) => held)
        .sort()
        .join(" ");
      if (!found.has(key)) found.set(key, { circle, path: lastSeen(circle) });
    }
    return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, inversion]) => inversion);
  }
}

/** The fewest edges that lead from one class to another. */
function shortest(out: ReadonlyMap<string, readonly Edge[]>, from: string, to: string): Edge[] | undefined {
  const by = new Map<string, Edge>();
  const queue = [from];
  for (const at of queue) {
    for (const edge of out.get(at) ?? []) {
      if (by.has(edge.taken) || edge.taken === from) continue;
      by.set(edge.taken, edge);
      queue.push(edge.taken);
    }
  }
  const path: Edge[] = [];
  for (let at = to; at !== from; at = path[0]!.held) {
    const edge = by.get(at);
    if (edge === undefined) return undefined;
    path.unshift(edge);
  }
  return path;
}

function lastSeen(circle: readonly Edge[]): Path {
  return circle.map(({ path }) => path).findLast((path) => path !== undefined) ?? [];
}

/** One edge of a circle in words. */
export function describeEdge(space: Space, { held, taken, path }: Edge): string {
  if (path === undefined) return `the documented order has ${taken} inside ${held}`;
  const { task, op } = eventsOf(space, path).at(-1)!;
  const name = space.program.threads.find((thread) => thread.task === task)?.name ?? `task ${task}`;
  return `${name} waits for ${taken} under ${held} in ${op}`;
}

import type { Leaf } from "../space/memo.ts";
import type { Space } from "../space/space.ts";
import type { StateGraph } from "./state-graph.ts";

/** Takes a step in the space's current state. Pairs of slot and former value go to `undo`. */
export function enter(space: Space, thread: number, leaf: Leaf, undo: number[]): void {
  const { writes } = leaf;
  const reached = space.reached(thread, leaf);
  for (let i = 0; i < writes.length; i += 2) put(space, writes[i]!, writes[i + 1]!, undo);
  put(space, thread, reached, undo);
}

function put(space: Space, slot: number, value: number, undo: number[]): void {
  undo.push(slot, space.vector[slot]!);
  space.set(slot, value);
}

/** Takes back what {@link enter} noted. */
export function takeBack(space: Space, undo: number[]): void {
  while (undo.length > 0) {
    const before = undo.pop()!;
    space.set(undo.pop()!, before);
  }
}

/** The step that an edge is, from the space's current state. In a renumbered graph its leaf is that for objects of now. */
export function stepOf(
  space: Space,
  graph: StateGraph,
  edge: number,
): { readonly thread: number; readonly leaf: Leaf } {
  const { thread, choice } = graph.labels[graph.labelOf(edge)]!;
  const leaves: Leaf[] = [];
  const leaf = choice < space.pending(thread, leaves) ? leaves[choice]! : undefined;
  if (leaf === undefined || leaf.status === "blocked") throw notTheGraph();
  return { thread, leaf };
}

/** What there is to say when a walk of the graph is no run. */
export function notTheGraph(): Error {
  return new Error(
    "a walk round the graph of states does not come back to where it began: two states share a fingerprint, which is " +
      "next to impossible, or a reducer is not pure",
  );
}

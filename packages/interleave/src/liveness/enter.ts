import type { Leaf } from "../space/memo.ts";
import type { Space } from "../space/space.ts";

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

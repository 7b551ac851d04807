import { LANES } from "../space/fingerprint.ts";
import type { Leaf } from "../space/memo.ts";
import type { Space } from "../space/space.ts";
import type { Transition } from "./dependence.ts";

/** What a thread's pending step could do in the space's current state, one entry per choice, waiting included. */
export function movesOf(space: Space, thread: number): Transition[] {
  const leaves: Leaf[] = [];
  const count = space.pending(thread, leaves);
  return leaves.slice(0, count).map((leaf) => ({ thread, leaf, event: space.event(thread, leaf) }));
}

/** Whether the step can be taken: it need not wait. */
export function isEnabled({ leaf }: Transition): boolean {
  return leaf.status !== "blocked";
}

/** All that can happen in the space's current state, in order of threads. */
export function enabledIn(space: Space): Transition[] {
  return space.program.threads.flatMap((_, thread) => movesOf(space, thread).filter(isEnabled));
}

/** Takes a transition in the space's current state. */
export function make(space: Space, { thread, leaf }: Transition): void {
  const reached = space.reached(thread, leaf);
  const { writes } = leaf;
  for (let i = 0; i < writes.length; i += 2) space.set(writes[i]!, writes[i + 1]!);
  space.set(thread, reached);
}

/** A state of a space, kept to come back to. */
export interface SavedState {
  readonly vector: Int32Array;
  readonly fingerprint: Int32Array;
}

export function saved(space: Space): SavedState {
  return { vector: space.vector.slice(0, space.slots.size), fingerprint: space.fingerprint.slice() };
}

/** Makes a saved state current. */
export function restore(space: Space, { vector, fingerprint }: SavedState): void {
  space.vector.set(vector);
  // Slots found since then had their initial values.
  space.vector.fill(0, vector.length);
  for (let lane = 0; lane < LANES; lane++) space.fingerprint[lane] = fingerprint[lane]!;
}

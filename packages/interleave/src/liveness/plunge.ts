import type { Leaf } from "../space/memo.ts";
import type { Space } from "../space/space.ts";
import { enter } from "./enter.ts";

/** Steps of one run, and of all together. */
const STEPS = 2_048;
const ALL_STEPS = 16_384;

/**
 * Runs each thread as far as it can come, others only where it must wait, until objects turn out to be made over and
 * over. A breadth first search would see that late, after storing every state on the way; what this misses, it finds.
 */
export function plunge(space: Space): void {
  let left = ALL_STEPS;
  for (let favourite = 0; favourite < space.program.threads.length && left > 0; favourite++) {
    space.reset();
    for (let steps = 0; steps < STEPS && left > 0 && !space.runaway && advance(space, favourite); steps++) left--;
  }
}

/** Takes a step of this thread, or of the next one that can. @returns false when nobody can */
function advance(space: Space, favourite: number): boolean {
  const threads = space.program.threads.length;
  const leaves: Leaf[] = [];
  for (let i = 0; i < threads; i++) {
    const thread = (favourite + i) % threads;
    const count = space.pending(thread, leaves);
    const leaf = leaves.slice(0, count).find(({ status }) => status !== "blocked");
    if (leaf === undefined) continue;
    enter(space, thread, leaf, []);
    return true;
  }
  return false;
}

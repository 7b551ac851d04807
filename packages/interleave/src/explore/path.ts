import type { StepEvent } from "@faultline/mm";
import type { Leaf } from "../space/memo.ts";
import type { Space } from "../space/space.ts";

/** A run as the explorer knows it: which thread took which leaf, from the initial state. */
export type Path = readonly { readonly thread: number; readonly leaf: Leaf }[];

/** The events of a path. */
export function eventsOf(space: Space, path: Path): StepEvent[] {
  const positions = space.tries.map((trie) => trie.start);
  return path.map(({ thread, leaf }) => {
    const trie = space.tries[thread]!;
    const position = positions[thread]!;
    const request = trie.request(position, thread)!;
    positions[thread] = leaf.status === "stopped" ? trie.stopped : trie.after(position, leaf.result, leaf.resultId);
    const event = { task: space.program.threads[thread]!.task, op: request.step.op, args: request.args };
    return leaf.choice === undefined ? event : { ...event, choice: leaf.choice };
  });
}

/** Number of neighbouring events of different tasks. */
export function switchesOf(events: readonly { readonly task: number }[]): number {
  return events.filter((event, i) => i > 0 && event.task !== events[i - 1]!.task).length;
}

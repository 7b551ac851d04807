import { isSchedulers, type TraceLine } from "../line/trace-event.ts";
import type { Space } from "../world/space.ts";
import type { Task, Waiting } from "../world/task.ts";

/** The acquisition of a task that was there before the trace began may have started before it, too. */
export function adopted(task: Task, space: Space, write: boolean): Waiting | undefined {
  return task.fresh ? { space, write, line: undefined, outcome: undefined, bound: false, foreign: false } : undefined;
}

/**
 * Of each task that ends, by its first line, an acquisition which it has not started under the trace's eyes, that line:
 * it waits from the beginning on.
 */
export function waitersOf(lines: Iterable<TraceLine>): TraceLine[] {
  const seen = new Set<number>();
  const found: TraceLine[] = [];
  for (const line of lines) {
    const { event, pid } = line;
    if (event.kind === "newtask") seen.add(event.pid);
    if (isSchedulers(event) || seen.has(pid)) continue;
    seen.add(pid);
    if (event.kind === "lock_got") found.push(line);
  }
  return found;
}

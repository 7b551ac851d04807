import type { Space } from "../world/space.ts";
import type { Task, Waiting } from "../world/task.ts";

/** The acquisition of a task that was there before the trace began may have started before it, too. */
export function adopted(task: Task, space: Space, write: boolean): Waiting | undefined {
  return task.fresh ? { space, write, line: undefined, outcome: undefined, bound: false, foreign: false } : undefined;
}

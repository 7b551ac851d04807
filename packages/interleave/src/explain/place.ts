import type { StepEvent } from "@faultline/mm";
import type { Path } from "../explore/path.ts";
import type { Leaf } from "../space/memo.ts";
import type { Space } from "../space/space.ts";
import type { Position } from "../thread/trie.ts";
import { take } from "./search.ts";

/** Where in the code a step stands. */
export interface Place {
  readonly thread: string;
  /** The kernel function that makes the step; null where the thread does itself. */
  readonly procedure: string | null;
  readonly op: string;
}

/** The place of the step that a thread makes next. */
export function placeOf(space: Space, thread: number): Place {
  const position = space.position(thread);
  return {
    thread: space.program.threads[thread]!.name,
    procedure: procedureOf(position),
    op: position.request?.step.op ?? "end",
  };
}

function procedureOf(position: Position): string | null {
  for (let at = position.callers; at !== undefined; at = at.callers) {
    if (at.frame.outcome.kind === "call") return at.frame.outcome.name;
  }
  return null;
}

/**
 * The path that these events are.
 * @throws Error when they are no run of the space's program
 */
export function pathOfEvents(space: Space, events: readonly StepEvent[]): Path {
  space.reset();
  return events.map((event, at) => {
    const thread = space.program.threads.findIndex(({ task }) => task === event.task);
    const leaf = thread < 0 ? undefined : leafOf(space, thread, event);
    if (leaf === undefined) throw new Error(`event ${at}, ${event.op}, cannot happen there: these events are no run`);
    take(space, thread, leaf);
    return { thread, leaf };
  });
}

function leafOf(space: Space, thread: number, { op, choice }: StepEvent): Leaf | undefined {
  if (space.position(thread).request?.step.op !== op) return undefined;
  const leaves: Leaf[] = [];
  const count = space.pending(thread, leaves);
  return leaves
    .slice(0, count)
    .find((leaf) => leaf.status !== "blocked" && (choice === undefined || leaf.choice === choice));
}

import type { Path } from "../explore/path.ts";
import type { Leaf } from "../space/memo.ts";
import type { Space } from "../space/space.ts";
import { CheckpointError, type PathRecord } from "./checkpoint.ts";

export function recordPath(path: Path): PathRecord {
  return path.map(({ thread, leaf }) => [thread, leaf.choice ?? null]);
}

/**
 * What a thread's pending step does with this choice in the current state.
 * @throws CheckpointError when it can do no such thing
 */
export function leafOf(space: Space, thread: number, choice: string | null): Leaf {
  const leaves = thread in space.tries ? space.outcomes(thread).leaves : [];
  const leaf = leaves.find((one) => (one.choice ?? null) === choice && one.status !== "blocked");
  if (leaf === undefined) throw new CheckpointError("the checkpoint has a step that cannot happen there");
  return leaf;
}

/** The recorded run, executed again; the space is left in its last state. */
export function restorePath(space: Space, record: PathRecord): Path {
  space.reset();
  return record.map(([thread, choice]) => {
    const leaf = leafOf(space, thread, choice);
    space.take(thread, leaf);
    return { thread, leaf };
  });
}

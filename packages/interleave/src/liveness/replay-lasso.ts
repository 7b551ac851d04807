import type { StepEvent } from "@faultline/mm";
import type { Space } from "../space/space.ts";
import { enter, notTheGraph, stepOf } from "./enter.ts";
import { renumberedKey } from "./numbering.ts";
import type { Walk } from "./shortest-lasso.ts";
import type { StateGraph } from "./state-graph.ts";

/** A lasso as a run. */
export interface LassoRun {
  readonly stem: readonly StepEvent[];
  readonly loop: readonly StepEvent[];
  /** By thread: the op that is pending where the loop begins; undefined when the thread is over. */
  readonly pending: readonly (string | undefined)[];
}

/**
 * Executes a lasso from the initial state and makes sure that its loop comes back to where it began. A later round of a
 * loop that makes objects names other generations; nothing else differs.
 * @throws Error when it does not come back: two states shared a fingerprint, or a reducer is not pure
 */
export function replayLasso(space: Space, graph: StateGraph, { stem, loop }: Walk, renumbered: boolean): LassoRun {
  space.reset();
  const keyOf = (): string => (renumbered ? renumberedKey(space) : space.key());
  const before = stem.map((edge) => take(space, graph, edge));
  const pending = space.program.threads.map((_, thread) => space.position(thread).request?.step.op);
  const anchor = keyOf();
  const round = loop.map((edge) => take(space, graph, edge));
  const back = keyOf() === anchor;
  space.reset();
  if (!back) throw notTheGraph();
  return { stem: before, loop: round, pending };
}

function take(space: Space, graph: StateGraph, edge: number): StepEvent {
  const { thread, leaf } = stepOf(space, graph, edge);
  const event = space.event(thread, leaf);
  enter(space, thread, leaf, []);
  return event;
}

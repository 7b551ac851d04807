import { eventsOf, type Path } from "../explore/path.ts";
import { Bits } from "../space/bits.ts";
import type { Leaf } from "../space/memo.ts";
import type { Space } from "../space/space.ts";
import { type Occurrence, occurrencesOf } from "./occurrence.ts";
import { placeOf } from "./place.ts";
import { search, type SearchLimits, take } from "./search.ts";

/** A step of a run, or what a thread waits for when it is over. */
export interface RunStep {
  readonly thread: number;
  readonly leaf: Leaf;
  readonly occurrence: Occurrence;
  /** Slots whose value it changed. */
  readonly changed: Bits;
  readonly waits: boolean;
}

/**
 * The steps of a path, and behind them the pending steps of threads that wait where it ends.
 */
export function runStepsOf(space: Space, path: Path): RunStep[] {
  const occurrences = occurrencesOf(space, path);
  space.reset();
  const steps = path.map(({ thread, leaf }, i): RunStep => {
    const changed = new Bits();
    for (let at = 0; at < leaf.writes.length; at += 2) {
      const slot = leaf.writes[at]!;
      if (space.vector[slot] !== leaf.writes[at + 1]) changed.add(slot);
    }
    take(space, thread, leaf);
    return { thread, leaf, occurrence: occurrences[i]!, changed, waits: false };
  });
  return [...steps, ...waitingSteps(space, occurrences)];
}

function waitingSteps(space: Space, done: readonly Occurrence[]): RunStep[] {
  return space.program.threads.flatMap((_, thread) => {
    const leaves: Leaf[] = [];
    const count = space.pending(thread, leaves);
    const [leaf] = leaves;
    if (count === 0 || leaf?.status !== "blocked") return [];
    const place = placeOf(space, thread);
    const nth = 1 + done.filter(({ threadIndex, op }) => threadIndex === thread && op === place.op).length;
    const occurrence = { ...place, event: done.length, threadIndex: thread, nth, choice: null };
    return [{ thread, leaf, occurrence, changed: new Bits(), waits: true }];
  });
}

/**
 * A whole run that begins with this path, as short as may be.
 * @returns the run; `none` when it has no end; `undecided` when the limits ended the search first
 */
export function wholeRun(space: Space, path: Path, limits: SearchLimits): Path | "none" | "undecided" {
  const choices = eventsOf(space, path).map(({ choice }) => choice);
  let whole: Path | undefined;
  const ending = search<number>(
    space,
    {
      start: 0,
      keyOf: String,
      step: (done, { thread, leaf }) => {
        if (done === path.length) return done;
        return path[done]!.thread === thread && choices[done] === leaf.choice ? done + 1 : undefined;
      },
      visit: (done, { ended, path: reached }) => {
        if (!ended || done < path.length) return false;
        whole = reached();
        return true;
      },
    },
    limits,
  );
  if (ending === "budget") return "undecided";
  return whole ?? "none";
}

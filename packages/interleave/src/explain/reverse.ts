import type { Space } from "../space/space.ts";
import type { Breach } from "./breach.ts";
import { type Counts, type Occurrence, Watchlist } from "./occurrence.ts";
import { search, type SearchLimits } from "./search.ts";

/** What runs do in which two steps happen the other way round. */
export type Reversed =
  /** There are such runs, and none of them breaks the rule at this step. */
  | "harmless"
  /** One of them breaks it all the same. */
  | "harmful"
  /** There is no such run. */
  | "impossible"
  /** The budget ended first. */
  | "undecided";

interface Notes {
  readonly counts: Counts;
  /** Whether the later step has happened, before the earlier one. */
  readonly reversed: boolean;
}

/**
 * Explores every run in which `second` happens before `first`, or without it, whatever else is different.
 */
export function reverse(
  space: Space,
  breach: Breach,
  first: Occurrence,
  second: Occurrence,
  limits: SearchLimits,
): Reversed {
  const watch = new Watchlist([first, second]);
  const met = { reversed: false };
  const ending = search<Notes>(
    space,
    {
      start: { counts: watch.start, reversed: false },
      keyOf: ({ counts, reversed }) => `${counts.join(" ")} ${reversed}`,
      step: (notes, { thread, leaf }) => {
        if (notes.reversed) return notes;
        const counts = watch.after(notes.counts, thread, space.event(thread, leaf).op);
        if (watch.happened(counts, first)) return undefined;
        return { counts, reversed: watch.happened(counts, second) };
      },
      visit: ({ reversed }, { ended }) => {
        met.reversed ||= reversed;
        return reversed && breach.happened(space, ended);
      },
    },
    limits,
  );
  if (ending === "found") return "harmful";
  if (ending === "budget") return "undecided";
  return met.reversed ? "harmless" : "impossible";
}

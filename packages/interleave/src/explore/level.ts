import type { Leaf, Outcomes } from "../space/memo.ts";
import { LANES } from "../space/fingerprint.ts";

/** One state on the search's stack. Levels are used again: arrays keep what stood in them beyond their counts. */
export interface Level {
  /** What each thread can do here. */
  readonly outcomes: Outcomes[];
  /** Transitions to take: the first `count`. The reduction sets those up to `all` aside. */
  readonly threads: number[];
  readonly leaves: Leaf[];
  count: number;
  all: number;
  next: number;
  /** Threads whose steps here were, or will be, taken elsewhere: asleep on arrival, or done with. One bit each. */
  asleep: number;
  /** Threads whose steps here led back to a state on the stack. */
  cycling: number;
  /** States in a row, up to this one, that were not stored. */
  unstored: number;
  /** Where the undo log stood when the state was entered. */
  undo: number;
  readonly fingerprint: Int32Array;
  /** Fingerprints of the states that the transitions lead to, where they can be told ahead. */
  ahead: Int32Array;
  /** Not empty while the state is known to be on the stack. */
  openKey: string;
}

export function newLevel(): Level {
  return {
    outcomes: [],
    threads: [],
    leaves: [],
    count: 0,
    all: 0,
    next: 0,
    asleep: 0,
    cycling: 0,
    unstored: 0,
    undo: 0,
    fingerprint: new Int32Array(LANES),
    ahead: new Int32Array(8 * LANES),
    openKey: "",
  };
}

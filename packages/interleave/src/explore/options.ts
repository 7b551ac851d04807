import type { Checkpoint } from "../checkpoint/checkpoint.ts";

/** How to explore. Everything has a default; every reduction has its switch. */
export interface ExploreOptions {
  /** Explore persistent sets only, learned from footprints. Default true. */
  readonly persistentSets?: boolean;
  /** Leave out what was done before an independent step. Default true; off with more than 31 threads. */
  readonly sleepSets?: boolean;
  /** Count states as one that an exchange of threads with the same program makes equal. Default true. */
  readonly symmetry?: boolean;
  /** Exchange threads together with the pages that only they name, where they have such. Default true. */
  readonly pageSymmetry?: boolean;
  /** Where nobody else can ever meet what a step touches, take it without storing the state. Default true. */
  readonly macroSteps?: boolean;
  /**
   * Switches away from a thread that could have gone on, at most: everything within the bound, no reduction. What the
   * bound kept from happening makes the answer inconclusive.
   */
  readonly preemptions?: number;
  /** Look for livelock and starvation where threads have loops, on the graph without reductions. Default true. */
  readonly liveness?: boolean;
  /** Run each reducer once per footprint and look the rest up. Default true. */
  readonly memo?: boolean;
  /** Store whole states instead of 128-bit fingerprints: slower, and no chance of a collision. Default false. */
  readonly fullKeys?: boolean;
  /** Bits of a fingerprint, 1 to 128. Fewer than 128 are for tests that want collisions. */
  readonly fingerprintBits?: number;
  /** Search the smallest counterexample of each finding. Default true; else the run found first is given. */
  readonly minimize?: boolean;
  /** Entries that each search for a smallest counterexample may hold. Default 1,000,000. */
  readonly minimizeBudget?: number;
  readonly budget?: Budget;
  /** Go on from here instead of the beginning: same program, same reductions. What counts is counted on. */
  readonly resume?: Checkpoint;
  /** For tests and reports: called once per terminal state in each pass. */
  readonly onTerminal?: (ending: "finished" | "stopped" | "deadlock", state: () => string) => void;
}

/** Every transition of every state. */
export const NO_REDUCTION: Pick<
  ExploreOptions,
  "persistentSets" | "sleepSets" | "symmetry" | "pageSymmetry" | "macroSteps"
> = {
  persistentSets: false,
  sleepSets: false,
  symmetry: false,
  pageSymmetry: false,
  macroSteps: false,
};

/** Limits. One that is hit makes the verdict `inconclusive`, unless a violation was found. */
export interface Budget {
  /** States stored in one pass. */
  readonly states?: number;
  /** Transitions executed, all passes together. */
  readonly transitions?: number;
  /** Bytes of the table of visited states. */
  readonly bytes?: number;
  /** Asked now and then whether time is up: this package has no clock. */
  readonly expired?: () => boolean;
}

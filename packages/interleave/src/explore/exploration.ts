import type { StepEvent, Violation } from "@faultline/mm";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Unreached } from "./unreached.ts";

/** A rule that some run breaks, with the run. */
export interface Finding {
  readonly violation: Violation;
  /** The run, up to the violating event; for a rule of the end, the whole run. */
  readonly events: readonly StepEvent[];
  /** Neighbouring events of different tasks in it. */
  readonly switches: number;
  /**
   * Set where no run of this program breaks the rule: what it does allows a run of another program to, as lock classes
   * taken in both orders allow a deadlock.
   */
  readonly potential?: true;
  /** Set for what goes on for ever: the last so many events are a loop that comes back to where it began. */
  readonly loop?: number;
  /** Whether no run with fewer switches, or as many and fewer events, reaches this rule at this step. */
  readonly minimal: boolean;
}

/** The reductions that took part. */
export interface Reductions {
  readonly persistentSets: boolean;
  readonly sleepSets: boolean;
  readonly macroSteps: boolean;
  /** Sets of threads, by name, that were taken as interchangeable. */
  readonly alike: readonly (readonly string[])[];
  /** Sets of pages, by address, that are exchanged with such threads: the n-th with the n-th of its set. */
  readonly pages: readonly { readonly threads: readonly string[]; readonly pages: readonly string[] }[];
  /** Why threads with the same text were not; undefined when none were refused. */
  readonly whyNotAlike: string | undefined;
}

/** What exploring a program gave. */
export interface Exploration {
  /** `clean` only when every ordering was covered. */
  readonly verdict: "clean" | "violation" | "inconclusive";
  /** Why exploring ended early; undefined when every ordering was covered. */
  readonly stopped: string | undefined;
  /** One finding per task, rule, step and object, in order of task, then of name. */
  readonly findings: readonly Finding[];
  /** Distinct states and executed transitions of the last pass. */
  readonly states: number;
  readonly transitions: number;
  /** Transitions of all passes together. */
  readonly totalTransitions: number;
  /** Passes until nothing new was learned; 1 without persistent sets. */
  readonly passes: number;
  /** Times a reducer ran. */
  readonly reducerRuns: number;
  /** Length of the longest path on the stack, in events. */
  readonly depth: number;
  /** Bytes of the table of visited states, at its end. */
  readonly bytes: number;
  /** The chance that two states shared a fingerprint is at most two to this; -Infinity with full keys. */
  readonly collisionLog2: number;
  readonly reductions: Reductions;
  /** Steps and procedures written in the threads that no run executed. */
  readonly unreached: readonly Unreached[];
  /** To go on from where a budget ended it; undefined when it is over, or cannot be gone on with. */
  readonly checkpoint: Checkpoint | undefined;
}

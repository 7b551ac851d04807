import { type Budget, type Exploration, explore, type Finding } from "@faultline/interleave";
import type { StepEvent } from "@faultline/mm";
import type { ConcurrentResult } from "./concurrent-result.ts";
import { isResult } from "./result-steps.ts";
import { twoThreadProgram, type TwoLists } from "./two-threads.ts";

/** One result with its shortest run. */
export type PossibleResult = {
  readonly result: ConcurrentResult;
  readonly events: readonly StepEvent[];
  readonly switches: number;
  /** Whether no run with fewer switches, or as many and fewer events, ends so. */
  readonly minimal: boolean;
};

/** Every result that two threads can have. */
export type PossibleResults = {
  /** By number of switches, then of events. */
  readonly results: readonly PossibleResult[];
  /** Rules that some run breaks: data races that the kernel knows of, or faults of the model. */
  readonly broken: readonly Finding[];
  readonly exploration: Exploration;
  /** Whether every ordering was covered, so that there are no other results. */
  readonly complete: boolean;
};

export type ResultOptions = {
  readonly profile: string;
  /** Search the shortest run of each result; else the one found first is given. */
  readonly minimize?: boolean;
  readonly budget?: Budget;
};

/** Explores every ordering of two threads' calls. */
export function possibleResults(lists: TwoLists, { profile, minimize = true, budget }: ResultOptions): PossibleResults {
  const { program } = twoThreadProgram(lists, profile);
  const exploration = explore(program, {
    // A result tells the threads apart.
    symmetry: false,
    liveness: false,
    minimize,
    ...(budget === undefined ? {} : { budget }),
  });
  const results = exploration.findings
    .filter(({ violation }) => isResult(violation.rule))
    .map(({ violation, events, switches, minimal }) => ({
      result: JSON.parse(violation.object) as ConcurrentResult,
      events,
      switches,
      minimal,
    }))
    .sort((one, other) => one.switches - other.switches || one.events.length - other.events.length);
  const broken = exploration.findings.filter(({ violation }) => !isResult(violation.rule));
  return { results, broken, exploration, complete: exploration.stopped === undefined };
}

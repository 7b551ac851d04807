import type { Finding } from "../explore/exploration.ts";
import { Findings } from "../explore/findings.ts";
import { endingOf, violationsAtEnd } from "../explore/terminal.ts";
import { unreachedSteps, type Unreached } from "../explore/unreached.ts";
import type { Program } from "../program.ts";
import { Space } from "../space/space.ts";
import { type Classes, type ClassesOptions, exploreClassesOf } from "./optimal.ts";

export interface CheckClassesOptions extends Pick<ClassesOptions, "order" | "maxRuns" | "maxSteps" | "expired"> {
  /** Run each reducer once per footprint and look the rest up. Default true. */
  readonly memo?: boolean;
  /** Search the smallest counterexample of each finding. Default true; else the shortest run met is given. */
  readonly minimize?: boolean;
  /** Entries that each search for a smallest counterexample may hold. Default 1,000,000. */
  readonly minimizeBudget?: number;
}

/** What one run of each class showed. */
export interface ClassesCheck extends Classes {
  /** `clean` only when every class was seen. */
  readonly verdict: "clean" | "violation" | "inconclusive";
  /** One finding per task, rule, step and object, in order of task, then of name. */
  readonly findings: readonly Finding[];
  /** Times a reducer ran. */
  readonly reducerRuns: number;
  /** Steps and procedures written in the threads that no run executed. */
  readonly unreached: readonly Unreached[];
}

/**
 * Checks a program by one run per Mazurkiewicz class. Runs of one class have the same events, so they break the same
 * rules.
 * @throws ThreadError for a thread that throws, yields what is no step, is not deterministic, or loops without a step
 */
export function checkClasses(program: Program, options: CheckClassesOptions = {}): ClassesCheck {
  const { memo, minimize = true, minimizeBudget, ...limits } = options;
  const space = new Space(program, memo === undefined ? {} : { memo });
  const findings = new Findings("shortest");
  const classes = exploreClassesOf(space, {
    ...limits,
    onEvent: ({ leaf }, run) => {
      findings.noteStep(leaf, run);
    },
    onRun: (run) => {
      findings.note(violationsAtEnd(space, endingOf(space)), true, () => run);
    },
  });
  const { reducerRuns } = space;
  const unreached = unreachedSteps(space);
  const show = { minimize, ...(minimizeBudget === undefined ? {} : { minimizeBudget }) };
  const shown = findings.list(space, show).map(({ finding }) => finding);
  const verdict = shown.length > 0 ? "violation" : classes.stopped === undefined ? "clean" : "inconclusive";
  return { ...classes, verdict, findings: shown, reducerRuns, unreached };
}

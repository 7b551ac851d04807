import type { Finding } from "../explore/exploration.ts";
import type { Program } from "../program.ts";
import { Space } from "../space/space.ts";
import { Breach } from "./breach.ts";
import { adjacentPairs, conflictingPairs } from "./conflicts.ts";
import { type Needs, smallestNeeds } from "./needs.ts";
import type { Occurrence } from "./occurrence.ts";
import { pathOfEvents } from "./place.ts";
import type { Requirement } from "./requirement.ts";
import { reverse } from "./reverse.ts";
import { type RunStep, runStepsOf, wholeRun } from "./run.ts";
import { type SearchLimits, shortage } from "./search.ts";

/** Two steps of the run, in the order in which it has them. */
export interface OrderedPair {
  readonly first: Occurrence;
  readonly second: Occurrence;
}

/** Why a run breaks its rule. */
export interface Explanation {
  /**
   * Pairs of steps of different threads whose reversal makes the bug go away: there are runs that have them the other
   * way round, and none of those breaks the rule at this step. The latest come first.
   */
  readonly reversals: readonly OrderedPair[];
  /** Pairs of which the budget left that open. */
  readonly undecided: readonly OrderedPair[];
  /** What makes the rule break for certain. Steps from {@link length} on come after the run as it is shown. */
  readonly needs: Needs;
  /** Why something is left open, in words; undefined when nothing is, or when the run has no end. */
  readonly stopped: string | undefined;
  /** Events of the run. */
  readonly length: number;
}

export interface ExplainOptions {
  /** Entries that each search may hold. Default 200,000. */
  readonly budget?: number;
  /** Asked now and then whether time is up: this package has no clock. Once it is, it stays so. */
  readonly expired?: () => boolean;
}

/**
 * Explains a finding by search, without reductions: which reversals undo it, and which orders alone bring it about.
 * Reversals are sought among steps that conflict with nothing between them, and among those that conflict with the
 * violating step. A finding that no single run shows has no explanation.
 * @throws Error when the finding's events are no run of the program
 */
export function explain(program: Program, finding: Finding, options: ExplainOptions = {}): Explanation {
  const { budget = 200_000, expired } = options;
  const limits: SearchLimits = { entries: budget, ...(expired === undefined ? {} : { expired }) };
  const { length } = finding.events;
  if (finding.potential === true) {
    return { reversals: [], undecided: [], needs: { kind: "undecided" }, stopped: undefined, length };
  }
  const space = new Space(program);
  const breach = new Breach(finding.violation);
  const path = pathOfEvents(space, finding.events);
  const steps = runStepsOf(space, path).slice(0, length);
  const adjacent = new Set(adjacentPairs(steps).map(String));

  const reversals: OrderedPair[] = [];
  const undecided: OrderedPair[] = [];
  for (const pair of conflictingPairs(steps)) {
    if (pair[1] !== length - 1 && !adjacent.has(String(pair))) continue;
    const [first, second] = [steps[pair[0]]!.occurrence, steps[pair[1]]!.occurrence];
    const reversed = reverse(space, breach, first, second, limits);
    if (reversed === "harmless") reversals.push({ first, second });
    if (reversed === "undecided") undecided.push({ first, second });
  }

  // How the run goes on says what must not come before the violating step.
  const whole = wholeRun(space, path, limits);
  const needs: Needs =
    typeof whole === "string"
      ? { kind: "undecided" }
      : smallestNeeds(space, breach, requirementsOf(runStepsOf(space, whole), length), limits);
  const open = undecided.length > 0 || (needs.kind === "undecided" && whole !== "none");
  return { reversals, undecided, needs, stopped: open ? shortage(limits) : undefined, length };
}

/** What a whole run meets: the orders within its first events first, then the others, then outcomes. */
function requirementsOf(run: readonly RunStep[], length: number): Requirement[] {
  const pairs = conflictingPairs(run);
  const orders = [
    ...pairs.filter(([, second]) => second < length),
    ...pairs.filter(([first, second]) => first < length && second >= length),
    ...pairs.filter(([first]) => first >= length),
  ].filter(([first]) => !run[first]!.waits);
  const outcomes = run.filter(({ occurrence }) => occurrence.choice !== null);
  return [
    ...orders.map(([first, second]) => ({
      first: run[first]!.occurrence,
      second: run[second]!.occurrence,
      waits: run[second]!.waits,
    })),
    ...outcomes.map(({ occurrence }) => ({ first: null, second: occurrence, waits: false })),
  ];
}

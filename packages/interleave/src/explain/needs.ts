import type { Space } from "../space/space.ts";
import type { Breach } from "./breach.ts";
import { smallestHittingSet } from "./hitting-set.ts";
import { innocentRun } from "./innocent-run.ts";
import type { SearchLimits } from "./search.ts";
import { RequirementWatch, type Requirement } from "./requirement.ts";

/** What makes the rule break for certain. */
export type Needs =
  /** Every whole run that meets these breaks the rule, and no fewer will do. Empty: every run breaks it. */
  | { readonly kind: "smallest"; readonly requirements: readonly Requirement[] }
  /** Not even the orders and outcomes of the whole run make it certain. */
  | { readonly kind: "not-enough" }
  /** The budget ended first, or the run has no end. */
  | { readonly kind: "undecided" };

/**
 * The fewest of these requirements that leave no run without the breach. Each run that meets a guess and is innocent
 * says that one of the requirements which it does not meet is needed; the next guess is the smallest set with one of each
 * such kind. When no innocent run is left the guess is smallest, for every set that will do has one of each.
 * @param candidates what the run to be explained meets, the likeliest first
 * @param limits of each search
 */
export function smallestNeeds(
  space: Space,
  breach: Breach,
  candidates: readonly Requirement[],
  limits: SearchLimits,
): Needs {
  const watch = new RequirementWatch(candidates);
  const oneOfEach: number[][] = [];
  for (;;) {
    const guess = smallestHittingSet(oneOfEach, limits.expired);
    if (guess === undefined) return { kind: "undecided" };
    const requirements = guess.map((i) => candidates[i]!);
    const innocent = innocentRun(space, breach, requirements, limits);
    if (innocent === "undecided") return { kind: "undecided" };
    if (innocent === "none") return { kind: "smallest", requirements };
    const missing = watch.metBy(space, innocent).flatMap((met, i) => (met ? [] : [i]));
    if (missing.length === 0) return { kind: "not-enough" };
    oneOfEach.push(missing);
  }
}

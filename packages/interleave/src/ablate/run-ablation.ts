import type { Severity } from "@faultline/mm";
import { explore } from "../explore/explore.ts";
import type { Exploration } from "../explore/exploration.ts";
import type { ExploreOptions } from "../explore/options.ts";
import type { Program } from "../program.ts";
import { ablate } from "./ablate.ts";
import type { Ablation } from "./ablation.ts";

/** A rule that breaks once something is left out. */
export interface BrokenRule {
  readonly rule: string;
  /** The worst that was seen. */
  readonly severity: Severity;
}

/** What came of leaving something out. */
export interface AblationResult {
  /**
   * `needed`: rules break that do not break otherwise. `not-needed`: none does, in any order. `inconclusive`: none was
   * found before the budget ended. `error`: the program cannot be run without it.
   */
  readonly verdict: "needed" | "not-needed" | "inconclusive" | "error";
  /** The rules that break only without it, the worst first. */
  readonly rules: readonly BrokenRule[];
  readonly states: number;
  readonly transitions: number;
  /** Why there is no answer, or none for all orders; null where there is. */
  readonly reason: string | null;
  /** What exploring gave; undefined after an error. */
  readonly exploration: Exploration | undefined;
}

/**
 * Leaves something out and explores. Whatever goes wrong inside is a result: without a check the code may do what makes
 * no sense.
 * @param broken names of the rules that the program breaks as it is
 */
export function runAblation(
  program: Program,
  ablation: Ablation,
  broken: readonly string[],
  options: ExploreOptions = {},
): AblationResult {
  let exploration: Exploration;
  try {
    exploration = explore(ablate(program, ablation), { minimize: false, ...options });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { verdict: "error", rules: [], states: 0, transitions: 0, reason, exploration: undefined };
  }
  const rules = rulesBeyond(broken, exploration);
  const { states, totalTransitions: transitions, stopped } = exploration;
  const verdict = rules.length > 0 ? "needed" : stopped === undefined ? "not-needed" : "inconclusive";
  return { verdict, rules, states, transitions, reason: stopped ?? null, exploration };
}

/** The rules that an exploration found broken besides those that are known to be, the worst first. */
function rulesBeyond(broken: readonly string[], other: Exploration): BrokenRule[] {
  const known = new Set(broken);
  const worst = new Map<string, Severity>();
  for (const { violation } of other.findings) {
    const { name } = violation.rule;
    const before = worst.get(name);
    if (!known.has(name) && (before === undefined || violation.severity < before)) worst.set(name, violation.severity);
  }
  return [...worst]
    .map(([rule, severity]) => ({ rule, severity }))
    .sort((a, b) => (a.severity + a.rule < b.severity + b.rule ? -1 : 1));
}

import { type Exploration, explore, type ExploreOptions, NO_REDUCTION, type Program } from "@faultline/interleave";
import { violationKey } from "@faultline/mm";
import type { BruteForce } from "./brute-force.ts";
import { type PagesOf, upToExchange } from "./up-to-exchange.ts";

/** What the explorer and brute force must agree on, in a form that prints as a readable difference. */
export interface Answer {
  readonly stopped: string | undefined;
  /** Violation with the size of its smallest run. */
  readonly violations: Record<string, string>;
  readonly finals: string[];
  readonly deadlocks: string[];
}

export function answerOf({ violations, finals, deadlocks }: BruteForce): Answer {
  return {
    stopped: undefined,
    violations: sorted([...violations].map(([key, { switches, events }]) => [key, sizeOf(switches, events, true)])),
    finals: [...finals].sort(),
    deadlocks: [...deadlocks].sort(),
  };
}

export function exploreBy(options: ExploreOptions, program: Program): Answer & { readonly exploration: Exploration } {
  const finals = new Set<string>();
  const deadlocks = new Set<string>();
  const exploration = explore(program, {
    liveness: false,
    ...options,
    onTerminal: (ending, state) => (ending === "deadlock" ? deadlocks : finals).add(state()),
  });
  const violations = exploration.findings.map(({ violation, switches, events, minimal }): [string, string] => [
    `${violation.task} ${violationKey(violation)}`,
    sizeOf(switches, events.length, minimal),
  ]);
  return {
    stopped: exploration.stopped,
    violations: sorted(violations),
    finals: [...finals].sort(),
    deadlocks: [...deadlocks].sort(),
    exploration,
  };
}

const sizeOf = (switches: number, events: number, minimal: boolean): string =>
  `${switches} switches, ${events} events${minimal ? "" : ", said not to be minimal"}`;

const sorted = (entries: [string, string][]): Record<string, string> =>
  Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));

const REDUCTIONS = ["persistentSets", "sleepSets", "symmetry", "macroSteps"] as const;

/** Every subset of the reductions; memo and full keys at both ends. */
export const switchedBy: ExploreOptions[] = [
  ...Array.from({ length: 2 ** REDUCTIONS.length }, (_, bits) =>
    Object.fromEntries(REDUCTIONS.map((name, i) => [name, (bits & (1 << i)) !== 0])),
  ),
  { fullKeys: true },
  { memo: false },
  { ...NO_REDUCTION, fullKeys: true },
  { ...NO_REDUCTION, memo: false },
];

export const isUnreduced = (options: ExploreOptions): boolean => REDUCTIONS.every((name) => options[name] === false);

/** An answer in which states that an exchange of alike threads, and of pages with them, makes equal count once. */
export function upTo(
  program: Program,
  alike: readonly (readonly string[])[],
  answer: Answer,
  pages: PagesOf = [],
): Answer {
  const { stopped, violations } = answer;
  return {
    stopped,
    violations,
    finals: upToExchange(program, alike, answer.finals, pages),
    deadlocks: upToExchange(program, alike, answer.deadlocks, pages),
  };
}

import type { Rule } from "@faultline/mm";
import type { KnobValue, Mention, Universe } from "./universe.ts";

/** One procedure: what its source mentions, and what of that no run executed. */
export interface ProcedureCoverage {
  readonly name: string;
  /** Steps and procedures that its source mentions. */
  readonly mentioned: number;
  /** As the kernel spells them. A procedure that was never entered has everything here. */
  readonly unreached: readonly string[];
  readonly entered: boolean;
}

/** One step, whoever executed it. */
export interface StepCoverage {
  readonly name: string;
  /** `done`, `blocked`, `stopped`, and the choices that it had. Empty for a step that nobody executed. */
  readonly outcomes: readonly string[];
}

/** One knob: how many items asked it while it had which value. */
export interface KnobCoverage {
  readonly name: string;
  readonly values: readonly { readonly value: KnobValue; readonly items: number }[];
}

/** One rule, and the item that broke it first; null: none did. */
export interface RuleCoverage {
  readonly name: string;
  readonly severity: string;
  readonly item: string | null;
}

/** How much of the model a corpus reached. */
export interface Coverage {
  readonly procedures: readonly ProcedureCoverage[];
  readonly steps: readonly StepCoverage[];
  readonly knobs: readonly KnobCoverage[];
  readonly rules: readonly RuleCoverage[];
  /** A line for each thing that was not reached. */
  readonly uncovered: readonly string[];
  /** Explorations made, and states in them. */
  readonly runs: number;
  readonly states: number;
}

/** What happened, gathered over a corpus. */
export interface Reached {
  /** By procedure. */
  readonly mentions: Map<string, Set<Mention>>;
  /** By step. */
  readonly outcomes: Map<string, Set<string>>;
  /** By knob: how many items asked for which value. */
  readonly asked: Map<string, Map<KnobValue, number>>;
  /** By rule: the item that broke it first. */
  readonly broken: Map<string, string>;
}

/** Holds what happened against what there is. */
export function tablesOf(
  universe: Universe,
  ops: readonly string[],
  allRules: readonly Rule[],
  reached: Reached,
): Omit<Coverage, "runs" | "states"> {
  const entered = new Set([...reached.mentions.values()].flatMap((mentions) => [...mentions]));
  const procedures = [...universe.procedures].sort(byName).map(([name, mentions]): ProcedureCoverage => {
    const missed = [...mentions].filter((mention) => reached.mentions.get(name)?.has(mention) !== true);
    const unreached = missed.map((mention) => mention.slice(mention.indexOf(" ") + 1)).sort();
    return { name, mentioned: mentions.size, unreached, entered: entered.has(`procedure ${name}`) };
  });
  const steps = [...ops].sort().map((name): StepCoverage => {
    return { name, outcomes: [...(reached.outcomes.get(name) ?? [])].sort() };
  });
  const knobs = [...universe.knobs].map(([name, values]): KnobCoverage => {
    return { name, values: values.map((value) => ({ value, items: reached.asked.get(name)?.get(value) ?? 0 })) };
  });
  const rules = allRules.map(({ name, severity }): RuleCoverage => {
    return { name, severity, item: reached.broken.get(name) ?? null };
  });
  const uncovered = [
    ...procedures.flatMap((one) => missedBy(one)),
    ...steps.filter(({ outcomes }) => outcomes.length === 0).map(({ name }) => `step ${name} was never executed`),
    ...knobs.flatMap(({ name, values }) =>
      values.filter(({ items }) => items === 0).map(({ value }) => `knob ${name} was never asked while ${value}`),
    ),
    ...rules.filter(({ item }) => item === null).map(({ name }) => `rule ${name} was never broken`),
  ];
  return { procedures, steps, knobs, rules, uncovered };
}

function missedBy({ name, entered, unreached }: ProcedureCoverage): string[] {
  if (!entered) return [`procedure ${name} was never entered`];
  return unreached.map((step) => `procedure ${name} never reached ${step}`);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

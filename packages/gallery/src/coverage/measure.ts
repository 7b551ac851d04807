import { type Exploration, explore } from "@faultline/interleave";
import { kernelMachine, rules } from "@faultline/mm";
import type { CorpusItem } from "../corpus/item.ts";
import type { KnobValue, Mention, Universe } from "./universe.ts";
import { Watch } from "./watch.ts";

/** One procedure: what its source mentions, and what of that no run executed. */
export interface ProcedureCoverage {
  readonly name: string;
  readonly mentioned: number;
  /** As the kernel spells them. A procedure that was never entered has everything here. */
  readonly unreached: readonly string[];
  readonly entered: boolean;
}

/** One step: who executed it does not matter. */
export interface StepCoverage {
  readonly name: string;
  /** `done`, `blocked`, `stopped`, and the choices that it was seen to have. Empty for a step that nobody executed. */
  readonly outcomes: readonly string[];
}

/** One knob: how many items asked it while it had which value. */
export interface KnobCoverage {
  readonly name: string;
  readonly values: readonly { readonly value: KnobValue; readonly items: number }[];
}

/** One rule, and the item that broke it first. */
export interface RuleCoverage {
  readonly name: string;
  readonly severity: string;
  readonly item: string | null;
}

/** How much of the model the corpus reached. */
export interface Coverage {
  readonly procedures: readonly ProcedureCoverage[];
  readonly steps: readonly StepCoverage[];
  readonly knobs: readonly KnobCoverage[];
  readonly rules: readonly RuleCoverage[];
  /** One line for whatever was not reached. */
  readonly uncovered: readonly string[];
  /** Explorations made. */
  readonly runs: number;
  readonly states: number;
}

/** What an item may need: it is here to reach things, not to be searched to the end. */
const BUDGET = { states: 20_000, transitions: 200_000 };

/**
 * Explores every item of a corpus, in order, and holds what happened against what there is.
 * @param progress called before each item
 */
export function measureCoverage(
  universe: Universe,
  corpus: readonly CorpusItem[],
  progress: (item: CorpusItem) => void = () => undefined,
): Coverage {
  const reached = new Map<string, Set<Mention>>();
  const outcomes = new Map<string, Set<string>>();
  const asked = new Map<string, Map<KnobValue, number>>();
  const broken = new Map<string, string>();
  let [runs, states] = [0, 0];
  for (const item of corpus) {
    progress(item);
    const watch = new Watch();
    for (const { exploration, setup } of explorations(item, watch)) {
      runs++;
      states += exploration.states;
      for (const { violation } of exploration.findings) {
        if (!broken.has(violation.rule.name)) broken.set(violation.rule.name, item.id);
      }
      for (const op of setup) addAll(outcomes, op, ["done"]);
    }
    for (const [procedure, mentions] of watch.reached) addAll(reached, procedure, mentions);
    for (const [op, seen] of watch.outcomes) addAll(outcomes, op, seen);
    for (const [knob, values] of watch.asked) for (const value of values) count(asked, knob, value);
  }
  return { ...tables(universe, reached, outcomes, asked, broken), runs, states };
}

function* explorations(
  { scenario, profiles = [] }: CorpusItem,
  watch: Watch,
): Generator<{ readonly exploration: Exploration; readonly setup: ReadonlySet<string> }> {
  for (const variant of scenario.variants) {
    for (const profile of [undefined, ...profiles]) {
      let watching = false;
      const instance = scenario.instantiate(variant, {
        ...(profile === undefined ? {} : { profile }),
        watch: (knobs) => watch.knobs(knobs, () => watching),
      });
      watching = true; // what the set-up asks says nothing about what is explored
      const exploration = explore(watch.program(instance), { minimize: false, budget: BUDGET });
      yield { exploration, setup: new Set(instance.setup.map(({ op }) => op)) };
    }
  }
}

function tables(
  universe: Universe,
  reached: ReadonlyMap<string, ReadonlySet<Mention>>,
  outcomes: ReadonlyMap<string, ReadonlySet<string>>,
  asked: ReadonlyMap<string, ReadonlyMap<KnobValue, number>>,
  broken: ReadonlyMap<string, string>,
): Omit<Coverage, "runs" | "states"> {
  const entered = new Set([...reached.values()].flatMap((mentions) => [...mentions]));
  const procedures = [...universe.procedures].sort(byName).map(([name, mentions]): ProcedureCoverage => {
    const unreached = [...mentions].filter((mention) => reached.get(name)?.has(mention) !== true).map(kernelName);
    return { name, mentioned: mentions.size, unreached: unreached.sort(), entered: entered.has(`procedure ${name}`) };
  });
  const steps = [...kernelMachine.steps.keys()].sort().map((name): StepCoverage => {
    return { name, outcomes: [...(outcomes.get(name) ?? [])].sort() };
  });
  const knobs = [...universe.knobs].map(([name, values]): KnobCoverage => {
    return { name, values: values.map((value) => ({ value, items: asked.get(name)?.get(value) ?? 0 })) };
  });
  const broke = [...rules.values()].map(({ name, severity }): RuleCoverage => {
    return { name, severity, item: broken.get(name) ?? null };
  });
  const uncovered = [
    ...procedures.filter((one) => !one.entered).map(({ name }) => `procedure ${name} was never entered`),
    ...procedures
      .filter((one) => one.entered)
      .flatMap(({ name, unreached }) => unreached.map((step) => `${name} never reached ${step}`)),
    ...steps.filter((one) => one.outcomes.length === 0).map(({ name }) => `step ${name} was never executed`),
    ...knobs.flatMap(({ name, values }) =>
      values.filter(({ items }) => items === 0).map(({ value }) => `knob ${name} was never asked while ${value}`),
    ),
    ...broke.filter(({ item }) => item === null).map(({ name }) => `rule ${name} was never broken`),
  ];
  return { procedures, steps, knobs, rules: broke, uncovered };
}

function kernelName(mention: Mention): string {
  return mention.slice(mention.indexOf(" ") + 1);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function addAll<K, V>(map: Map<K, Set<V>>, key: K, values: Iterable<V>): void {
  const known = map.get(key) ?? new Set();
  map.set(key, known);
  for (const value of values) known.add(value);
}

function count<K, V>(map: Map<K, Map<V, number>>, key: K, value: V): void {
  const counts = map.get(key) ?? new Map<V, number>();
  map.set(key, counts);
  counts.set(value, (counts.get(value) ?? 0) + 1);
}

import { type Exploration, explore } from "@faultline/interleave";
import { kernelMachine, rules } from "@faultline/mm";
import type { CorpusItem } from "../corpus/item.ts";
import { type Coverage, type Reached, tablesOf } from "./tables.ts";
import type { KnobValue, Universe } from "./universe.ts";
import { Watch } from "./watch.ts";

/** One exploration of an item: one of its variants under one profile. */
export interface CorpusRun {
  readonly item: CorpusItem;
  readonly variant: string;
  /** Null: the scenario's own. */
  readonly profile: string | null;
  readonly outcome: Exploration;
  /** Steps that were executed, and procedures that were entered. */
  readonly executed: ReadonlySet<string>;
}

/** What an item may need: it is here to reach things, not to be searched to the end. */
const BUDGET = { states: 20_000, transitions: 200_000 };

/**
 * Explores every item of a corpus, in order, and holds what happened against what there is.
 * @param observe called after each exploration
 */
export function measureCoverage(
  universe: Universe,
  corpus: readonly CorpusItem[],
  observe: (run: CorpusRun) => void = () => undefined,
): Coverage {
  const all: Reached = { mentions: new Map(), outcomes: new Map(), asked: new Map(), broken: new Map() };
  let [runs, states] = [0, 0];
  for (const item of corpus) {
    const asked = new Map<string, Set<KnobValue>>();
    for (const variant of item.scenario.variants) {
      for (const profile of [null, ...(item.profiles ?? [])]) {
        const watch = new Watch();
        const { outcome, setup } = run(item, variant, profile, watch);
        const executed = new Set([...watch.outcomes.keys(), ...watch.entered()]);
        observe({ item, variant, profile, outcome, executed });
        runs++;
        for (const op of setup) addAll(all.outcomes, op, ["done"]);
        for (const [procedure, mentions] of watch.reached) addAll(all.mentions, procedure, mentions);
        for (const [op, seen] of watch.outcomes) addAll(all.outcomes, op, seen);
        for (const [knob, values] of watch.asked) addAll(asked, knob, values);
        states += outcome.states;
        for (const { violation } of outcome.findings) {
          if (!all.broken.has(violation.rule.name)) all.broken.set(violation.rule.name, item.id);
        }
      }
    }
    for (const [knob, values] of asked) for (const value of values) countOne(all.asked, knob, value);
  }
  const steps = [...kernelMachine.steps.keys()];
  return { ...tablesOf(universe, steps, [...rules.values()], all), runs, states };
}

function run(
  { scenario }: CorpusItem,
  variant: string,
  profile: string | null,
  watch: Watch,
): Pick<CorpusRun, "outcome"> & { readonly setup: ReadonlySet<string> } {
  let exploring = false;
  const instance = scenario.instantiate(variant, {
    ...(profile === null ? {} : { profile }),
    // What the set-up asks says nothing about what is explored.
    watch: (knobs) => watch.knobs(knobs, () => exploring),
  });
  exploring = true;
  const setup = new Set(instance.setup.map(({ op }) => op));
  return { outcome: explore(watch.program(instance), { minimize: false, budget: BUDGET }), setup };
}

function addAll<K, V>(map: Map<K, Set<V>>, key: K, values: Iterable<V>): void {
  const known = map.get(key) ?? new Set();
  map.set(key, known);
  for (const value of values) known.add(value);
}

function countOne<K, V>(map: Map<K, Map<V, number>>, key: K, value: V): void {
  const counts = map.get(key) ?? new Map<V, number>();
  map.set(key, counts);
  counts.set(value, (counts.get(value) ?? 0) + 1);
}

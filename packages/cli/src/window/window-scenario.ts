import type { Instance, Scenario, Thread } from "@faultline/interleave";
import {
  createKernel,
  kernelMachine,
  type Knobs,
  type Profile,
  type Ref,
  task as taskOf,
  type Value,
} from "@faultline/mm";
import { stateUnder, type TraceWindow, type Under, type WindowTask, windowThread } from "@faultline/trace";
import type { KnownScenario } from "../scenario/known-scenario.ts";
import type { Outcomes } from "./outcomes.ts";

/** What a window is explored under. */
export interface WindowKernel {
  readonly profile: Profile;
  readonly knobs: Knobs;
  readonly generation: Under["generation"];
}

/** Tasks that were left because something returned what it had not returned then: `task event` each. */
export type LeftOff = Set<string>;

/**
 * A window of a trace as a scenario of one variant: a thread for each task, from the state at the window's start.
 * @param outcomes is told what every step returns
 */
export function windowScenario(
  window: TraceWindow,
  { profile, knobs, generation }: WindowKernel,
  what: { readonly name: string; readonly variant: string; readonly title: string },
  outcomes: Outcomes,
  left: LeftOff,
): KnownScenario {
  const same = knobs === window.under.kernel.knobs;
  const under: Under = { kernel: same ? window.under.kernel : createKernel(knobs), generation };
  const names = namesOf(window.tasks);
  const threads = window.tasks.map((task): Thread => {
    const start = windowThread(window, task, under, (who, event) => left.add(`${who} ${event}`));
    return { task: task.task, name: names.get(task.task)!, daemon: false, start };
  });
  const unborn = window.tasks.filter(({ bornAt }) => bornAt !== undefined);
  const initial = stateUnder(window.initial, knobs).with(
    new Map<Ref, Value>(unborn.map(({ task, name }) => [taskOf.of(task), { name, mm: null }])),
  );
  // Where the window ends the tasks do not: what they have then is no leak.
  const machine = outcomes.watch({ ...kernelMachine, endRules: [] });
  const program = { machine, initial, threads };
  const instance: Instance = { variant: what.variant, profile, knobs, setup: [], program };
  const scenario: Scenario = {
    kind: "faultline/scenario",
    title: what.title,
    fix: undefined,
    cve: undefined,
    note: undefined,
    profile: profile.name,
    variants: [what.variant],
    expect: {},
    instantiate: () => instance,
  };
  return { name: what.name, slug: undefined, file: undefined, scenario };
}

/** What the tasks are called. Those of one name are told apart by their numbers. */
function namesOf(tasks: readonly WindowTask[]): Map<number, string> {
  const all = tasks.map(({ name }) => name);
  return new Map(
    tasks.map(({ task, name }) => {
      const alone = name !== "" && all.indexOf(name) === all.lastIndexOf(name);
      return [task, alone ? name : `${name === "" ? "task" : name}:${task}`];
    }),
  );
}

import { canonical, type Holding } from "@faultline/mm";
import type { Thread } from "../program.ts";
import type { Ablation, HoldingStep } from "./ablation.ts";
import type { Effect } from "./effects.ts";
import { callersOf, type Site } from "./frame-log.ts";

/** What is left out together: one class of locks in one mode, what one class of references counts. */
interface Group {
  readonly what: string;
  readonly kind: Holding["kind"];
  /** Several where one step drops them together: none of them can be left out alone. */
  readonly classes: readonly string[];
  /** Undefined: every mode. */
  readonly mode: Holding["mode"] | undefined;
}

/** The locks and references that a thread was seen to take: one ablation per class, and per mode of a lock. */
export function holdingAblations({ task, name }: Thread, all: readonly Effect[], sites: readonly Site[]): Ablation[] {
  const effects = all.filter((effect) => effect.task === task).sort(byText);
  return groupsOf(effects).flatMap((group): Ablation[] => {
    const inClass = (one: Holding): boolean => group.classes.includes(one.class);
    const inGroup = (one: Holding): boolean => inClass(one) && (group.mode === undefined || one.mode === group.mode);
    const isTurn = ({ taken, dropped }: Effect): boolean => taken.some(inClass) && dropped.some(inClass);
    const takes = effects.filter((one) => !isTurn(one) && one.taken.some(inGroup) && isLeavable(one, group));
    if (takes.length === 0) return [];
    const modes = new Set(takes.flatMap(({ taken }) => taken.filter(inGroup).map(({ mode }) => mode)));
    const isOurs = (one: Holding): boolean => inClass(one) && modes.has(one.mode);
    const turns = effects.filter((one) => isTurn(one) && one.dropped.some(isOurs));
    for (const { taken } of turns) for (const one of taken) if (inClass(one)) modes.add(one.mode);
    const drops = calmest(effects.filter((one) => !isTurn(one) && one.dropped.some(isOurs)));
    const steps = [...new Set([...takes, ...turns, ...drops].map(({ op }) => op))];
    const plan = {
      kind: "holding",
      takes: takes.map((one) => stepOf(one, one.taken.filter(inGroup))),
      turns: turns.map((one) => stepOf(one, [])),
      drops: drops.map((one) => stepOf(one, one.dropped.filter(isOurs))),
    } as const;
    const { kind, what } = group;
    return [{ task, thread: name, kind, what, steps, procedures: takenIn(takes, steps, sites), plan }];
  });
}

function byText(a: Effect, b: Effect): number {
  return canonical([a.op, a.args, a.result]) < canonical([b.op, b.args, b.result]) ? -1 : 1;
}

function groupsOf(effects: readonly Effect[]): Group[] {
  const joined = jointly(effects);
  const groups = new Map<string, Group>();
  for (const { taken } of effects) {
    for (const { class: own, kind, mode } of taken) {
      const classes = joined.find((set) => set.includes(own)) ?? [own];
      const one = classes.length === 1;
      const what = one && mode !== "" && mode !== own ? `${own} ${mode}` : classes.join(" and ");
      groups.set(what, { what, kind, classes, mode: one ? mode : undefined });
    }
  }
  return [...groups.values()].sort((a, b) => (a.what < b.what ? -1 : 1));
}

/** Classes that one step drops together. */
function jointly(effects: readonly Effect[]): string[][] {
  const sets: string[][] = [];
  for (const { dropped } of effects) {
    const classes = new Set(dropped.map((one) => one.class));
    if (classes.size < 2) continue;
    for (const set of sets.filter((other) => other.some((one) => classes.has(one)))) {
      for (const one of set) classes.add(one);
      sets.splice(sets.indexOf(set), 1);
    }
    sets.push([...classes].sort());
  }
  return sets;
}

/** What gives more than the reference, a pointer that was looked for, cannot be left out: nobody else has it. */
function isLeavable({ result }: Effect, { kind }: Group): boolean {
  return kind === "lock" || typeof result !== "object" || result === null;
}

/** One effect per step and arguments: what was left out dropped nothing, so it returns null or false where it can. */
function calmest(drops: readonly Effect[]): Effect[] {
  const best = new Map<string, Effect>();
  const unrest = ({ result }: Effect): number => (result === null ? 0 : result === false ? 1 : 2);
  for (const drop of drops) {
    const key = canonical([drop.op, drop.args]);
    const known = best.get(key);
    if (known === undefined || unrest(drop) < unrest(known)) best.set(key, drop);
  }
  return [...best.values()];
}

function stepOf({ op, args, result }: Effect, holdings: readonly Holding[]): HoldingStep {
  return { op, args, result, objects: holdings.map(({ object }) => object) };
}

/** The kernel functions that take it; for one that is nothing but the lock and has its name, those that call it. */
function takenIn(takes: readonly Effect[], steps: readonly string[], sites: readonly Site[]): string[] {
  const taking = new Set(takes.map(({ op, args, result }) => canonical([op, args, result])));
  const found = sites.filter(
    ({ kind, name, answers }) =>
      kind === "step" && [...answers.values()].some(({ args, result }) => taking.has(canonical([name, args, result]))),
  );
  const own = found.flatMap(({ procedure }) => (procedure === null ? [] : [procedure]));
  return [...new Set(own.flatMap((name) => (steps.includes(name) ? callersOf(sites, name) : [name])))].sort();
}

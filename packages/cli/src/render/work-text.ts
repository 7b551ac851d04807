import type { VariantResult } from "../explore/result.ts";
import { count, grouped, secondsText } from "./counts.ts";

/** What an engine did, and how far its answer goes. */
export function workText(result: VariantResult): string {
  const { transitions, seconds, stopped } = result;
  const took = `${count(transitions, "transition")}, ${secondsText(seconds)}`;
  const covered = stopped === null ? "every ordering covered" : `stopped early: ${stopped}`;
  switch (result.engine) {
    case "states":
      return `${count(result.states, "state")}, ${took}; ${covered}`;
    case "classes": {
      const { runs, blocked, longest } = result;
      const redundant = blocked === 0 ? "none redundant" : `${count(blocked, "redundant run")} besides`;
      const seen = `${count(runs, "class", "classes")}, one run each, ${redundant}`;
      return `${seen}; ${took}; runs of up to ${count(longest, "event")}; ${covered}`;
    }
    case "random": {
      const { runs, cut, states, classesSeen, seed, bound } = result;
      const by = bound === null ? "a walk" : `PCT of depth ${bound.depth}`;
      const seeds = runs === 1 ? `seed ${seed}` : `seeds ${seed} to ${seed + runs - 1}`;
      const short = [...(cut === 0 ? [] : [`${grouped(cut)} of them cut off`]), ...(stopped === null ? [] : [stopped])];
      const seen = `${count(states, "distinct state")}, ${count(classesSeen, "distinct class", "distinct classes")}`;
      return [`${count(runs, "run")} by ${by}, ${seeds}`, took, seen, ...short].join("; ");
    }
  }
}

/** What the runs drawn promise. */
export function boundText({ bound, longest }: Extract<VariantResult, { engine: "random" }>): string {
  if (bound === null) return "none: a walk promises nothing";
  const { chance, depth, threads, steps } = bound;
  const formula = `1/(n k^(d-1)) = 1/(${threads} x ${steps}^${depth - 1})`;
  const longer =
    longest > steps ? `; up to ${grouped(longest)} were drawn, and what happens that late is outside it` : "";
  return (
    `a run meets a bug of depth d = ${depth} with a chance of at least ${formula} = ${chance.toPrecision(2)}, ` +
    `given its choices; n = ${count(threads, "thread")}, k = ${count(steps, "step")}${longer}`
  );
}

/** Exact numbers of interleavings and classes, and what they hold for. */
export function countedText(result: VariantResult): string {
  const { interleavings, classes, uncounted, countedRwsem } = result;
  if (typeof interleavings !== "string" || typeof classes !== "string") return `not counted: ${uncounted ?? ""}`;
  const runs = `${digits(interleavings)} ${interleavings === "1" ? "interleaving" : "interleavings"}`;
  return `${runs}, ${classesText(classes)} (${countedRwsem ?? ""} rwsem); ${putsText(result, classes)}`;
}

function putsText({ puts, classesWithoutTest }: VariantResult, classes: string): string {
  const steps = puts?.steps ?? [];
  if (steps.length === 0) return "no put tests whether it is the last";
  const verb = steps.length === 1 ? "tests" : "test";
  const test = `${steps.join(", ")} ${verb} for the last put, by reading holders until one is met that has a reference`;
  if (typeof classesWithoutTest !== "string") {
    return `${test}; some put is the last, so its test decides, and there is no count without it`;
  }
  return `${test}; no put is the last: ${classesText(classes)} with the test, ${classesText(classesWithoutTest)} without`;
}

function classesText(classes: string): string {
  return `${digits(classes)} ${classes === "1" ? "class" : "classes"}`;
}

function digits(text: string): string {
  return text.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

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
      return `${seen}; runs of up to ${count(longest, "event")}; ${took}; ${covered}`;
    }
    case "random": {
      const { runs, cut, states, classesSeen, seed, bound } = result;
      const by = bound === null ? "a walk" : `PCT of depth ${bound.depth}`;
      const seeds = runs === 1 ? `seed ${seed}` : `seeds ${seed} to ${seed + runs - 1}`;
      const short = [...(cut === 0 ? [] : [`${grouped(cut)} of them cut off`]), ...(stopped === null ? [] : [stopped])];
      const seen = `${count(states, "distinct state")}, ${count(classesSeen, "distinct class", "distinct classes")}`;
      return [`${count(runs, "run")} by ${by}, ${seeds}`, ...short, seen, took].join("; ");
    }
  }
}

/** What the runs drawn promise. */
export function boundText({ bound, longest }: Extract<VariantResult, { engine: "random" }>): string {
  if (bound === null) return "none: a walk promises nothing";
  const { chance, depth, threads, steps } = bound;
  const formula = `1/(n k^(d-1)) = 1/(${threads} x ${steps}^${depth - 1})`;
  const longer = longest > steps ? `; runs of up to ${count(longest, "step")} were drawn, of which it says less` : "";
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
  const names = steps.join(", ");
  const how = "decided by reading holders until one is met that holds a reference";
  if (typeof classesWithoutTest !== "string") {
    return `${names} tests whether it is the last, ${how}; a put can be the last, so there is no count without the test`;
  }
  const both = `${classesText(classes)} with the test, ${classesText(classesWithoutTest)} without`;
  return `${names} tests whether it is the last, ${how}, and never is: ${both}`;
}

function classesText(classes: string): string {
  return `${digits(classes)} ${classes === "1" ? "class" : "classes"}`;
}

function digits(text: string): string {
  return text.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

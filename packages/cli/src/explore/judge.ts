import type { Expectation } from "@faultline/interleave";
import { type Explored, rank } from "./explore-variant.ts";

/** Whether a variant did what its scenario declares. */
export interface Judgement {
  /** `undecided`: the exploration was cut short. `undeclared`: the scenario says nothing about this variant. */
  readonly outcome: "as-declared" | "not-as-declared" | "undecided" | "undeclared";
  /** Why not, in a sentence; empty when it did. */
  readonly reason: string;
}

/** Holds what was found against what is declared. */
export function judge({ known, instance, exploration, findings }: Explored): Judgement {
  const expected = known.scenario.expect[instance.variant];
  if (expected === undefined) return { outcome: "undeclared", reason: "" };
  if (exploration.stopped !== undefined) return { outcome: "undecided", reason: exploration.stopped };
  const broken = findings.map(({ violation }) => violation);
  if (exploration.verdict === "sampled" && "breaks" in expected) {
    return { outcome: "undecided", reason: `no run of the ${exploration.engine} engine broke a rule` };
  }
  const reason =
    "clean" in expected
      ? whyNotClean(expected.clean, broken, exploration.unreached, instance.program.machine)
      : whyNotBroken(expected, broken);
  return { outcome: reason === "" ? "as-declared" : "not-as-declared", reason };
}

type Broken = readonly Explored["findings"][number]["violation"][];

function whyNotClean(
  mustRun: readonly string[],
  broken: Broken,
  unreached: Explored["exploration"]["unreached"],
  { steps, names }: Explored["instance"]["program"]["machine"],
): string {
  if (broken.length > 0) return `declared clean, and breaks ${rulesOf(broken).join(", ")}`;
  const known = new Set([...steps.keys(), ...names.values()]);
  const unknown = mustRun.filter((step) => !known.has(step));
  if (unknown.length > 0) {
    return `declared clean after ${unknown.join(", ")}, which no step or procedure is called: as the kernel spells it?`;
  }
  const missed = unreached.filter(({ step }) => mustRun.includes(step));
  return missed.map(({ thread, step }) => `${thread} never ran ${step}, without which clean means nothing`).join("; ");
}

function whyNotBroken(expected: Extract<Expectation, { breaks: unknown }>, broken: Broken): string {
  const wanted = broken.filter(({ rule }) => expected.breaks.includes(rule.name));
  if (wanted.length === 0) return `declared to break ${expected.breaks.join(" or ")}, and does not`;
  const worst = Math.min(...broken.map(({ severity }) => rank(severity)));
  if (worst > rank(expected.severity)) return `declared ${expected.severity} or worse, and only S${worst} was found`;
  const others = broken.filter(({ rule, severity }) => rank(severity) <= 1 && !expected.breaks.includes(rule.name));
  return others.length === 0 ? "" : `breaks ${rulesOf(others).join(", ")} besides, which is not declared`;
}

function rulesOf(broken: Broken): string[] {
  return [...new Set(broken.map(({ rule }) => rule.name))];
}

import type { Assumptions, ReductionsResult, VariantResult, Work } from "../explore/result.ts";
import { count, grouped } from "./counts.ts";
import { shellWord } from "./shell-word.ts";
import { severityText } from "./severity.ts";
import type { Style } from "./style.ts";
import { boundText, countedText, workText } from "./work-text.ts";
import { labelled, printable, wrap } from "./wrap.ts";

/** What is said once per scenario: its name, what it is about, what repaired it. */
export function renderHead(result: VariantResult, width: number, style: Style): string[] {
  const { scenario, slug, file, title, fix, cve, note } = result;
  const known = [fix, cve].filter((one) => one !== null).join(", ");
  return [
    style.title(printable([scenario, slug ?? file ?? ""].join("  "))),
    ...wrap(printable(known === "" ? title : `${title} (${known})`), width),
    ...(note === null ? [] : wrap(printable(note), width)),
  ];
}

/** One variant's verdict, and what it rests on. */
export function renderVerdict(result: VariantResult, width: number, style: Style): string[] {
  const { unreached } = result;
  const reduced = result.engine === "states" ? reductionsText(result.reductions) : "";
  return [
    verdictLine(result, style),
    ...labelled(result.engine === "random" ? "sampled" : "explored", workText(result), width),
    ...(result.engine === "random" ? labelled("bound", boundText(result), width) : []),
    ...(result.countedRwsem === undefined ? [] : labelled("counted", countedText(result), width)),
    ...(reduced === "" ? [] : labelled("reduced", reduced, width)),
    ...labelled("assumes", assumptionsText(result.assumes, result.engine), width),
    ...(unreached.length === 0 ? [] : labelled("unreached", unreachedText(unreached), width)),
    ...(typeof result.allPairsStopped !== "string"
      ? []
      : labelled("pairs", `perhaps not all: ${result.allPairsStopped}`, width)),
    ...(result.checkpoint === null ? [] : labelled("go on", resumeCommand(result, result.checkpoint), width)),
  ];
}

/** `G02 fixed  CLEAN`. */
export function verdictLine({ scenario, variant, verdict, violations }: VariantResult, style: Style): string {
  const name = style.title(printable(`${scenario} ${variant}`));
  switch (verdict) {
    case "clean":
      return `${name}  ${style.good("CLEAN")}  no ordering breaks a rule`;
    case "inconclusive":
      return `${name}  ${style.doubtful("INCONCLUSIVE")}  no rule was broken in the part that was explored`;
    case "sampled":
      return `${name}  ${style.doubtful("SAMPLED")}  no rule was broken in the runs that were drawn`;
    case "violation": {
      const [worst] = violations;
      const more = violations.length > 1 ? `, and ${count(violations.length - 1, "more finding")}` : "";
      const what = worst === undefined ? "" : `${worst.rule}, ${severityText(worst.severity)}`;
      return `${name}  ${style.bad("VIOLATION")}  ${what}${more}`;
    }
  }
}

/** Why fewer orders were walked than there are: `by persistent sets, sleep sets; reader0, reader1 interchangeable`. */
function reductionsText({ persistentSets, sleepSets, macroSteps, alike, pages }: ReductionsResult): string {
  const by = [
    ...(persistentSets ? ["persistent sets"] : []),
    ...(sleepSets ? ["sleep sets"] : []),
    ...(macroSteps ? ["macro steps"] : []),
  ];
  const sets = alike.map((names) => {
    const own = pages.filter(({ threads }) => threads.join() === names.join());
    const texts = own.map((one) => ` with ${one.pages.join(", ")}`);
    return printable(`${names.join(", ")} interchangeable${texts.join(" and")}`);
  });
  return [...(by.length === 0 ? [] : [`by ${by.join(", ")}`]), ...sets].join("; ");
}

/** The command that goes on from a checkpoint. */
function resumeCommand({ scenario, file }: VariantResult, checkpoint: string): string {
  return `faultline check ${shellWord(file ?? scenario)} --resume ${shellWord(checkpoint)}`;
}

/** What an answer assumes, in one sentence. */
export function assumptionsText(assumes: Assumptions, engine: Work["engine"]): string {
  const { memoryModel, profile, rwsem, bounds, injectedFailures, collisionLog2 } = assumes;
  const limits = Object.entries(bounds).map(([name, limit]) => `at most ${limitText(name, limit)}`);
  return [
    memoryModel,
    `${profile}, ${rwsem} rwsem`,
    limits.length === 0 ? "no bounds" : limits.join(", "),
    `injected failures: ${injectedFailures}`,
    ...(engine === "states" ? [collisionText(collisionLog2)] : []),
  ].join("; ");
}

function collisionText(collisionLog2: number | null): string {
  return collisionLog2 === null ? "whole states kept" : `two states taken for one: chance at most 2^${collisionLog2}`;
}

function limitText(name: string, limit: number): string {
  switch (name) {
    case "seconds":
      return `${limit} s`;
    case "bytes":
      return `${grouped(Math.ceil(limit / 2 ** 20))} MiB of states`;
    default:
      return count(limit, name.replace(/s$/, ""));
  }
}

/** Steps that no run executed, by thread. */
function unreachedText(unreached: VariantResult["unreached"]): string {
  const threads = [...new Set(unreached.map(({ thread }) => thread))];
  return threads
    .map((name) => {
      const steps = unreached.filter(({ thread }) => thread === name).map(({ step }) => step);
      return printable(`${name}: ${steps.join(", ")}`);
    })
    .join("; ");
}

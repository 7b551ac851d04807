import type { StepEvent } from "@faultline/mm";
import type { BisectResult, Flip, SkippingResult } from "@faultline/trace";
import type { TraceMeta } from "../trace/trace-meta.ts";
import { count, grouped } from "./counts.ts";
import { callText } from "./step-text.ts";
import type { Style } from "./style.ts";
import { labelled, printable } from "./wrap.ts";

/** A bisection to be told of. */
export interface BisectView {
  readonly title: string;
  readonly rule: string;
  readonly found: BisectResult;
  readonly event: StepEvent | undefined;
  readonly scanned: readonly Flip[] | undefined;
  readonly total: number;
  readonly meta: TraceMeta;
}

/** A bisection by a judge who is no rule. */
export interface JudgedView extends Omit<BisectView, "rule" | "found"> {
  /** The file or command that judges. */
  readonly what: string;
  readonly found: SkippingResult;
}

/** Where a judge first says bad. */
export function renderJudged(view: JudgedView, width: number, style: Style): string[] {
  const { title, what, found, event, scanned, total, meta } = view;
  const skipped = found.skipped === 0 ? "" : `, ${grouped(found.skipped)} of them skipped`;
  const probes = `${count(found.probes, "state")} of ${grouped(total + 1)} looked at${skipped}`;
  const lines = [`${style.title(printable(title))}  ${judgedAnswer(found, style)}  ${probes}`];
  if (event !== undefined) lines.push(...labelled("event", `${meta.nameOf(event.task)}: ${callText(event)}`, width));
  lines.push(...labelled("judge", printable(what), width));
  if (scanned !== undefined) lines.push(...labelled("scan", scanText(scanned, "bad", "good again"), width));
  return lines;
}

function judgedAnswer({ outcome, firstBad, lastBad }: SkippingResult, style: Style): string {
  switch (outcome) {
    case "found":
      return style.bad(`first bad after event ${firstBad ?? 0}`);
    case "undecided":
      return style.doubtful(`first bad after one of the events ${firstBad ?? 0} to ${lastBad ?? 0}`);
    case "from-the-start":
      return style.doubtful("bad before the first event");
    case "never":
    case "skipped-end":
      return style.doubtful("never bad");
  }
}

/** Where a rule first breaks. */
export function renderBisect(view: BisectView, width: number, style: Style): string[] {
  const { title, rule, found, event, scanned, total, meta } = view;
  const head = style.title(printable(title));
  const probes = `${count(found.probes, "state")} of ${grouped(total + 1)} looked at`;
  const lines = [`${head}  ${answer(found, rule, style)}  ${probes}`];
  if (event !== undefined) lines.push(...labelled("event", `${meta.nameOf(event.task)}: ${callText(event)}`, width));
  if (scanned !== undefined) lines.push(...labelled("scan", scanText(scanned), width));
  return lines;
}

function answer({ outcome, firstBad }: BisectResult, rule: string, style: Style): string {
  switch (outcome) {
    case "found":
      return style.bad(`${rule} first breaks at event ${firstBad ?? 0}`);
    case "never":
      return style.doubtful(`no event breaks ${rule}`);
    case "from-the-start":
      return style.doubtful(`${rule} is broken before the first event`);
  }
}

function scanText(flips: readonly Flip[], broken = "broken", mended = "mended"): string {
  if (flips.length === 0) return `every state looked at: never ${broken}`;
  const told = flips.map(
    ({ event, bad }) => `${bad ? broken : mended} ${event < 0 ? "from the start" : `at event ${event}`}`,
  );
  return `every state looked at: ${told.join(", ")}`;
}

import type { StepEvent } from "@faultline/mm";
import type { BisectResult, Flip } from "@faultline/trace";
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

function scanText(flips: readonly Flip[]): string {
  if (flips.length === 0) return "every state looked at: never broken";
  const told = flips.map(
    ({ event, bad }) => `${bad ? "broken" : "mended"} ${event < 0 ? "from the start" : `at event ${event}`}`,
  );
  return `every state looked at: ${told.join(", ")}`;
}

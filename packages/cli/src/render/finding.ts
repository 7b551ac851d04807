import type { VariantResult, ViolationResult } from "../explore/result.ts";
import type { OtherSide } from "../run/other-side.ts";
import type { Row } from "../run/row.ts";
import { changeText } from "./change-text.ts";
import { renderColumns } from "./columns.ts";
import { count } from "./counts.ts";
import { renderExplanation } from "./explanation.ts";
import { severityText } from "./severity.ts";
import { shellWord } from "./shell-word.ts";
import { callText } from "./step-text.ts";
import type { Style } from "./style.ts";
import type { NameOf } from "./value-text.ts";
import { labelled, printable } from "./wrap.ts";

/** Findings that one and the same run shows, with the run. */
export interface FindingView {
  readonly result: VariantResult;
  /** At least one. */
  readonly violations: readonly ViolationResult[];
  readonly tasks: readonly number[];
  readonly nameOf: NameOf;
  /** What there is when the threads start; empty: nothing that needs saying. */
  readonly start: string;
  readonly rows: readonly Row[];
  /** Where the run breaks the rules: the number of a row, or null when it is over. */
  readonly at: number | null;
  /** The row with which a loop begins that goes on for ever; null for what ends. */
  readonly loop: number | null;
  readonly otherSide: OtherSide | undefined;
  /** What each thread holds, where they wait for each other. */
  readonly holding: readonly string[];
}

/** A finding: what broke, what says so, the run that shows it, and how to have it again. */
export function renderFinding(view: FindingView, width: number, style: Style): string[] {
  const { violations, result, nameOf, otherSide, holding } = view;
  const lines = violations.flatMap((violation) => renderRule(violation, width, style));
  const repaired = [result.fix, result.cve].filter((one) => one !== null).join(", ");
  if (repaired !== "") lines.push(...labelled("repaired", `upstream by ${repaired}`, width));
  if (view.start !== "") lines.push(...labelled("start", printable(view.start), width));
  lines.push(...labelled("run", runText(violations[0]!), width), "", ...renderRun(view, width, style), "");
  if (otherSide !== undefined) lines.push(...labelled("against", otherSideText(otherSide, nameOf), width));
  lines.push(...violations.flatMap((violation) => explanationLines(violation, width)));
  if (holding.length > 0) lines.push(...labelled("holding", holding.join("; "), width));
  lines.push(...labelled("schedule", violations[0]!.schedule, width));
  for (const text of seedTexts(view)) lines.push(...labelled("seed", text, width));
  for (const { trace } of violations) {
    if (trace !== null) lines.push(`replay    ${style.title(`faultline replay ${shellWord(trace)}`)}`);
  }
  return lines;
}

function explanationLines({ explanation }: ViolationResult, width: number): string[] {
  return explanation === undefined || explanation === null ? [] : renderExplanation(explanation, width);
}

/** How to draw the very run again, where it was drawn. */
function seedTexts({ result, violations }: FindingView): string[] {
  if (result.engine !== "random") return [];
  const { bound, file, scenario, variant, profile } = result;
  const how = bound === null ? "--strategy walk" : `--strategy pct --depth ${bound.depth}`;
  const what = `${shellWord(file ?? scenario)} --variant ${shellWord(variant)} --profile ${profile}`;
  const seeds = new Set(violations.map(({ seed }) => seed));
  return [...seeds].map((seed) => `faultline check ${what} --engine random ${how} --seed ${seed} --runs 1`);
}

function renderRule(
  { rule, severity, message, wording, source }: ViolationResult,
  width: number,
  style: Style,
): string[] {
  return [
    `${style.bad(rule)}  ${severityText(severity)}`,
    ...labelled("what", printable(message), width),
    ...labelled("rule", wording, width),
    ...labelled("source", source, width),
  ];
}

function runText({ events, switches, minimal, potential, loop }: ViolationResult): string {
  if (loop !== null) {
    const size = `${count(events - loop, "event")}, then ${loop} for ever`;
    return minimal ? `${size}: no run that shows it has fewer in all` : `${size}; a shorter one may exist`;
  }
  const size = `${count(events, "event")}, ${count(switches, "switch", "switches")}`;
  if (potential) return `${size}: up to the last of the acquisitions; none of them alone is wrong`;
  return minimal ? `${size}: no run that shows it has fewer` : `${size}; a shorter one may exist`;
}

function renderRun({ violations, tasks, nameOf, rows, at, loop }: FindingView, width: number, style: Style): string[] {
  if (loop !== null) {
    const breaks = new Map([
      [loop, "loop: for ever"],
      [rows.length, `loop: on with event ${loop} again`],
    ]);
    return renderColumns({ tasks, nameOf, rows, marks: new Map(), breaks, width, style });
  }
  const said = `breaks ${violations.map(({ rule }) => rule).join(", ")}`;
  const marks = new Map(at === null ? [] : [[at, [said]]]);
  const lines = renderColumns({ tasks, nameOf, rows, marks, width, style });
  if (at !== null) return lines;
  return [...lines, style.bad(`> end of the run: ${said}`)];
}

/** What the violating step collided with. */
function otherSideText({ row, components }: OtherSide, nameOf: NameOf): string {
  const { number, event, changes } = row;
  const did = changes.filter(({ ref }) => components.includes(ref.key)).map((change) => changeText(change, nameOf));
  return `event ${number} of ${nameOf(event.task)}: ${callText(event)}: ${did.join("; ")}`;
}

import type { Coverage, KnobCoverage, ProcedureCoverage, RuleCoverage } from "@faultline/gallery";
import { count, grouped } from "./counts.ts";
import type { Style } from "./style.ts";
import { renderTable } from "./table.ts";
import { labelled, wrap } from "./wrap.ts";

/** Lines of what was not reached that are shown; the rest is counted. */
const SHOWN = 50;

/** Procedures with the steps that they reached, knobs with the values that were asked, rules with who broke them. */
export function renderCoverage(coverage: Coverage, width: number, style: Style): string[] {
  const { procedures, knobs, rules } = coverage;
  const about = {
    procedures:
      "Procedures: of the steps and procedures that each one's source mentions, those that some run executed.",
    knobs: "Knobs: how many items asked for one while it had which value.",
    rules: "Rules: the item that broke each first.",
  };
  return [
    ...wrap(about.procedures, width),
    ...table(["procedure", "reached", "unreached"], procedures.map(procedureCells), style, new Set([1])),
    "",
    ...wrap(about.knobs, width),
    ...table(["knob", "items"], knobs.map(knobCells), style),
    "",
    ...wrap(about.rules, width),
    ...table(["rule", "", "broken by"], rules.map(ruleCells), style),
  ];
}

/** How much there is and how much of it was reached; below it whatever was not. */
export function renderTotals(coverage: Coverage, width: number, style: Style): string[] {
  const { procedures, steps, knobs, rules, uncovered, runs, states } = coverage;
  const mentioned = sum(procedures.map((one) => one.mentioned));
  const values = knobs.flatMap((knob) => knob.values);
  const rows = [
    ["procedures", of(procedures.filter(({ entered }) => entered).length, procedures.length)],
    ["mentions", of(mentioned - sum(procedures.map(({ unreached }) => unreached.length)), mentioned)],
    ["steps", of(steps.filter(({ outcomes }) => outcomes.length > 0).length, steps.length)],
    ["knob values", of(values.filter(({ items }) => items > 0).length, values.length)],
    ["rules", of(rules.filter(({ item }) => item !== null).length, rules.length)],
    ["explored", `${count(runs, "program")}, ${count(states, "state")}`],
  ];
  const verdict = uncovered.length === 0 ? style.good("everything is reached") : style.bad(missed(uncovered.length));
  return [
    verdict,
    ...rows.map(([label = "", text = ""]) => `${label.padEnd(12)} ${text}`),
    ...uncovered.slice(0, SHOWN).flatMap((line) => labelled("", line, width, 4)),
    ...(uncovered.length > SHOWN ? [`    and ${grouped(uncovered.length - SHOWN)} more`] : []),
  ];
}

function missed(number: number): string {
  return number === 1 ? "1 thing is not reached" : `${grouped(number)} things are not reached`;
}

function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  style: Style,
  toTheRight?: ReadonlySet<number>,
): string[] {
  const [first = "", ...lines] = renderTable(head, rows, toTheRight);
  return [style.faint(first), ...lines];
}

function procedureCells({ name, mentioned, unreached, entered }: ProcedureCoverage): string[] {
  const missing = entered ? unreached.join(", ") : "never entered";
  return [name, `${mentioned - unreached.length}/${mentioned}`, missing];
}

function knobCells({ name, values }: KnobCoverage): string[] {
  const cells = values.map(({ value, items }) => `${value} ${items === 0 ? "NEVER" : items}`);
  return [name, cells.join(", ")];
}

function ruleCells({ name, severity, item }: RuleCoverage): string[] {
  return [name, severity, item ?? "NOBODY"];
}

function of(part: number, whole: number): string {
  return part === whole ? `all ${grouped(whole)}` : `${grouped(part)} of ${grouped(whole)}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

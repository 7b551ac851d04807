import type { Value } from "@faultline/mm";
import type { AblationRow, AblationTable } from "../explore/ablate-variant.ts";
import type { VariantResult } from "../explore/result.ts";
import { severityText } from "./severity.ts";
import type { Style } from "./style.ts";
import { valueText } from "./value-text.ts";
import { labelled, printable, wrap } from "./wrap.ts";

const WHAT_WIDTH = 46;
const INDENT = 2;

/** What each lock, check and reference protects against: a heading per thread, a line for each. */
export function renderAblations(
  { rows, stopped }: AblationTable,
  { scenario, variant, unreached, violations }: VariantResult,
  width: number,
  style: Style,
): string[] {
  const anyway = [...new Set(violations.map(({ rule }) => rule))];
  const besides = anyway.length === 0 ? "" : ` and not with it (${anyway.join(", ")})`;
  const title = `${scenario} ${variant}, one lock, check or reference left out at a time: the rules that break without it`;
  const threads = [...new Set(rows.map(({ thread }) => thread))];
  return [
    ...wrap(printable(title + besides), width).map((line) => style.title(line)),
    ...threads.flatMap((thread) => [
      printable(thread),
      ...rows.filter((row) => row.thread === thread).flatMap((row) => renderRow(row, width, style)),
    ]),
    ...(rows.length === 0 ? ["nothing to leave out"] : []),
    ...(stopped === null ? [] : labelled("missing", `perhaps more: ${stopped}`, width)),
    ...(unreached.length === 0 ? [] : wrap(printable(neverExecuted(unreached)), width)),
  ];
}

function renderRow(row: AblationRow, width: number, style: Style): string[] {
  const place = row.procedures.length === 0 ? "" : ` in ${row.procedures.join(", ")}`;
  const left = wrap(printable(`${row.kind.padEnd(9)} ${whatText(row)}${place}`), WHAT_WIDTH, " ".repeat(10));
  const right = wrap(printable(verdictText(row)), Math.max(20, width - INDENT - WHAT_WIDTH - 2));
  const colour = { needed: style.bad, "not-needed": style.faint, inconclusive: style.doubtful, error: style.doubtful };
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => {
    const verdict = right[i] === undefined ? "" : colour[row.verdict](right[i]);
    return `${" ".repeat(INDENT)}${(left[i] ?? "").padEnd(WHAT_WIDTH)}  ${verdict}`.trimEnd();
  });
}

/** `mmap_lock read`, `vma_lookup = vma:0#1`. */
function whatText({ what, steps, results }: AblationRow): string {
  if (results === null) return what;
  const texts = [
    ...new Set((results as readonly Value[]).map((value) => (value === null ? "NULL" : valueText(value)))),
  ];
  return `${steps.join(", ")} = ${texts.join(" or ")}`;
}

function verdictText({ verdict, rules, reason }: AblationRow): string {
  switch (verdict) {
    case "needed": {
      const severities = [...new Set(rules.map(({ severity }) => severity))];
      return severities
        .map((severity, i) => {
          const names = rules.filter((one) => one.severity === severity).map(({ rule }) => rule);
          return `${i === 0 ? severityText(severity) : severity}: ${names.join(", ")}`;
        })
        .join("; ");
    }
    case "not-needed":
      return "not needed by any rule here";
    case "inconclusive":
      return `not decided: ${reason ?? ""}`;
    case "error":
      return `cannot be run without it: ${reason ?? ""}`;
  }
}

function neverExecuted(unreached: VariantResult["unreached"]): string {
  const steps = unreached.map(({ thread, step }) => `${thread} ${step}`);
  return `never executed, so not left out: ${steps.join(", ")}`;
}

import type { ReplayResult } from "@faultline/trace";
import { type TraceMeta, traceTitle } from "../trace/trace-meta.ts";
import { count, grouped } from "./counts.ts";
import { callText, outcomeText } from "./step-text.ts";
import type { Style } from "./style.ts";
import { valueText } from "./value-text.ts";
import { labelled, printable } from "./wrap.ts";

/** A rule that a replayed run broke. */
export interface ReplayedViolation {
  readonly rule: string;
  readonly severity: string;
  /** null: seen when the run was over. */
  readonly event: number | null;
  readonly thread: string;
  readonly step: string;
  readonly object: string;
  readonly message: string;
}

/** A replay to be told of. */
export interface ReplayView {
  readonly path: string;
  readonly meta: TraceMeta;
  readonly result: ReplayResult;
  /** Events in the trace. */
  readonly total: number;
  readonly violations: readonly ReplayedViolation[];
}

/** What came of a replay. */
export function renderReplay(view: ReplayView, width: number, style: Style): string[] {
  const { meta, path, result, total, violations } = view;
  const title = style.title(printable(traceTitle(meta, path)));
  const done = `${count(result.events, "event")} of ${grouped(total)}`;
  return [
    `${title}  ${verdictText(result.verdict, style)}  ${done} did what was recorded`,
    ...violations.flatMap(({ rule, severity, event, message }) => {
      const where = event === null ? "when it is over" : `at event ${event}`;
      return labelled("breaks", `${rule} (${severity}) ${where}: ${printable(message)}`, width);
    }),
    ...(result.divergence === undefined ? [] : divergenceLines(view, width)),
    ...(result.error === undefined ? [] : labelled("why", printable(result.error.message), width)),
    ...labelled("state", result.stateHash, width),
  ];
}

function verdictText(verdict: ReplayResult["verdict"], style: Style): string {
  switch (verdict) {
    case "verified":
      return style.good("VERIFIED");
    case "truncated":
      return style.doubtful("TRUNCATED");
    case "diverged":
      return style.bad("DIVERGED");
    case "corrupt":
      return style.bad("CORRUPT");
  }
}

function divergenceLines({ result, meta }: ReplayView, width: number): string[] {
  const { divergence } = result;
  if (divergence === undefined) return [];
  const { event, since, task, op, args, recorded, computed, components, reason, line } = divergence;
  const where = line === undefined ? "" : `, line ${line} of its source`;
  const told = (outcome: typeof computed): string => {
    if (outcome === null) return "the model refuses the step";
    if (outcome.status === "blocked") return "the step has to wait";
    return (outcomeText(op, { status: outcome.status, result: outcome.result }).trim() || "done").replace(/^= /, "");
  };
  return [
    ...labelled("differs", `event ${event}${where}: ${meta.nameOf(task)}: ${callText({ op, args })}`, width),
    ...labelled("because", printable(reason), width),
    ...(since === event ? [] : labelled("since", `event ${since}`, width)),
    ...labelled("recorded", told({ ...recorded }), width),
    ...labelled("computed", told(computed), width),
    ...components.flatMap(({ key, recorded: was, computed: is }) => {
      const text = (value: typeof was): string => (value === undefined ? "initial" : valueText(value));
      return labelled("", `${printable(key)}: recorded ${text(was)}, computed ${text(is)}`, width);
    }),
  ];
}

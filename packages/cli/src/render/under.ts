import type { UnderResult } from "@faultline/trace";
import { type TraceMeta, traceTitle } from "../trace/trace-meta.ts";
import { count, grouped } from "./counts.ts";
import { callText, outcomeText } from "./step-text.ts";
import type { Style } from "./style.ts";
import { labelled, printable } from "./wrap.ts";

/** A run that was done under another kernel. */
export interface UnderView {
  readonly path: string;
  readonly meta: TraceMeta;
  readonly kernel: string;
  readonly result: UnderResult;
  /** Events in the trace. */
  readonly total: number;
}

/** Whether another kernel could have done a recorded run, and where it does something else. */
export function renderUnder({ path, meta, kernel, result, total }: UnderView, width: number, style: Style): string[] {
  const { verdict, events, violations, divergence } = result;
  const title = style.title(printable(traceTitle(meta, path)));
  const said = verdict === "same" ? style.good("SAME") : style.bad("DIVERGED");
  const done = `${count(events, "event")} of ${grouped(total)} could be ${kernel}'s`;
  return [
    `${title}  ${said}  ${done}`,
    ...violations.flatMap(({ event, violation: { rule, severity, message } }) => {
      return labelled("breaks", `${rule.name} (${severity}) at event ${event}: ${printable(message)}`, width);
    }),
    ...(divergence === undefined ? [] : divergenceLines(divergence, meta, width)),
  ];
}

function divergenceLines(divergence: NonNullable<UnderResult["divergence"]>, meta: TraceMeta, width: number): string[] {
  const { event, task, op, args, line, reason, recorded, computed, calls, instead } = divergence;
  const where = line === undefined ? "" : `, line ${line} of its source`;
  const told = (outcome: NonNullable<typeof computed>): string => {
    if (outcome.status === "blocked") return "the step has to wait";
    const { status, result } = outcome;
    return (outcomeText(op, { status, result }).trim() || "done").replace(/^= /, "");
  };
  return [
    ...labelled("differs", `event ${event}${where}: ${meta.nameOf(task)}: ${callText({ op, args })}`, width),
    ...(calls.length === 0 ? [] : labelled("in", calls.join(" > "), width)),
    ...labelled("because", printable(reason), width),
    ...labelled("recorded", `${callText({ op, args })}: ${told(recorded)}`, width),
    ...(instead === null
      ? labelled("computed", computed === null ? "the model refuses the step" : told(computed), width)
      : labelled("instead", callText(instead), width)),
  ];
}

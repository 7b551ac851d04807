import type { Trace } from "@faultline/trace";
import { type TraceMeta, traceTitle } from "../trace/trace-meta.ts";
import { count } from "./counts.ts";
import type { Style } from "./style.ts";
import { labelled, printable } from "./wrap.ts";

/** What a trace says of itself. */
export function renderTraceHead(
  { path, meta, trace }: { readonly path: string; readonly meta: TraceMeta; readonly trace: Trace },
  width: number,
  style: Style,
): string[] {
  const { title, profile, rule, message, schedule } = meta;
  const by = `${printable(trace.info.producer)}${profile === undefined ? "" : `, on ${printable(profile)}`}`;
  return [
    style.title(printable(traceTitle(meta, path))) + (title === undefined ? "" : `  ${printable(title)}`),
    ...labelled("trace", `${count(trace.events, "event")}, recorded by ${by}`, width),
    ...(rule === undefined
      ? []
      : labelled("breaks", printable(message === undefined ? rule : `${rule}: ${message}`), width)),
    ...(schedule === undefined ? [] : labelled("schedule", printable(schedule), width)),
    ...(trace.truncation === undefined ? [] : labelled("cut", printable(trace.truncation.message), width)),
  ];
}

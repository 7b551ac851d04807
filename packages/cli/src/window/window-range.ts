import type { EventRange, Trace } from "@faultline/trace";
import { CliError } from "../command-line/cli-error.ts";

/** A window as it was asked for: events, or lines of the text that the trace was imported from; both ends are in it. */
export interface AskedWindow {
  readonly unit: "events" | "lines";
  readonly first: number;
  readonly last: number;
}

/**
 * `1700..1760` of `--window` (events) or `--lines`.
 * @throws CliError E_USAGE
 */
export function askedWindow(window: string | undefined, lines: string | undefined): AskedWindow {
  if ((window === undefined) === (lines === undefined)) {
    throw new CliError(
      "E_USAGE",
      "say which part of the trace: --window A..B (events) or --lines A..B (of its source).",
    );
  }
  const text = window ?? lines ?? "";
  const [, first = "", last = ""] = /^(\d{1,15})\.\.(\d{1,15})$/.exec(text) ?? [];
  if (first === "" || Number(first) > Number(last)) {
    const option = window === undefined ? "--lines" : "--window";
    throw new CliError(
      "E_USAGE",
      `${option} takes two numbers, the smaller first: ${option} 1700..1760. It was ${text}.`,
    );
  }
  return { unit: window === undefined ? "lines" : "events", first: Number(first), last: Number(last) };
}

/**
 * The events of a window.
 * @throws CliError E_TRACE_RANGE for one that has none
 */
export function eventsOf(trace: Trace, { unit, first, last }: AskedWindow, path: string): EventRange {
  if (unit === "events") {
    if (last < trace.events) return { first, last };
    throw new CliError(
      "E_TRACE_RANGE",
      `${path} has ${trace.events} events, numbered from 0: ${last} is none of them.`,
    );
  }
  let from: number | undefined;
  let to: number | undefined;
  let highest = 0;
  let number = 0;
  for (const { line = 0 } of trace.recorded()) {
    if (line >= first && line <= last) {
      from ??= number;
      to = number;
    }
    highest = Math.max(highest, line);
    number++;
  }
  if (from !== undefined && to !== undefined) return { first: from, last: to };
  const there = highest === 0 ? "its events come from no lines: use --window" : `they go up to line ${highest}`;
  throw new CliError("E_TRACE_RANGE", `no event of ${path} comes from lines ${first} to ${last}; ${there}.`);
}

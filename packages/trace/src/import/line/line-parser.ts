import { parseEvent } from "./parse-event.ts";
import { parsePrefix } from "./prefix.ts";
import type { TraceLine } from "./trace-event.ts";

/** What a line of text is. */
export type ReadLine =
  | { readonly what: "event"; readonly line: TraceLine }
  /** `CPU:1 [LOST 1124 EVENTS]` of trace_pipe: what the tasks did meanwhile is not known. */
  | { readonly what: "lost" }
  /** The tracer's header, a blank line (exit_mmap ends with one in 6.1), a CPU's buffer coming up. */
  | { readonly what: "blank" }
  | { readonly what: "unknown" };

const BLANK: ReadLine = { what: "blank" };
const LOST: ReadLine = { what: "lost" };
const UNKNOWN: ReadLine = { what: "unknown" };

/** Reads one line of ftrace text. `number` counts from 1. */
export function readLine(text: string, number: number): ReadLine {
  const prefix = parsePrefix(text);
  if (prefix === undefined) {
    if (text.startsWith("#") || text.trim() === "") return BLANK;
    return /^CPU:\d+ \[LOST \d+ EVENTS\]$/.test(text) ? LOST : UNKNOWN;
  }
  const event = parseEvent(prefix.text);
  if (event === undefined) return UNKNOWN;
  const { comm, pid, tgid, time } = prefix;
  return { what: "event", line: { number, comm, pid, tgid, time, event } };
}

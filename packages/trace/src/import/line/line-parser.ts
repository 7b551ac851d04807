import { parseEvent } from "./parse-event.ts";
import { parsePrefix } from "./prefix.ts";
import type { TraceLine } from "./trace-event.ts";

/** What a line of text is. */
export type ReadLine =
  | { readonly what: "event"; readonly line: TraceLine }
  /** `CPU:1 [LOST 1124 EVENTS]` of trace_pipe: what the tasks did meanwhile is not known. */
  | { readonly what: "lost"; readonly events: number }
  /**
   * `##### CPU 1 buffer started ####`, which is written after an overrun only: what this CPU did up to here is not known.
   * kernel/trace/trace.c, test_cpu_buff_start()
   */
  | { readonly what: "started" }
  /** `# entries-in-buffer/entries-written: 878/4822   #P:2`: how many events the ring buffers have overwritten. */
  | { readonly what: "entries"; readonly overwritten: number }
  /** The tracer's header, a blank line (exit_mmap ends with one in 6.1), a CPU's buffer coming up. */
  | { readonly what: "blank" }
  | { readonly what: "unknown" };

const BLANK: ReadLine = { what: "blank" };
const STARTED: ReadLine = { what: "started" };
const UNKNOWN: ReadLine = { what: "unknown" };

/** Reads one line of ftrace text. `number` counts from 1. */
export function readLine(text: string, number: number): ReadLine {
  const prefix = parsePrefix(text);
  if (prefix === undefined) {
    if (text.startsWith("#")) return readHeader(text);
    if (text.trim() === "") return BLANK;
    const lost = /^CPU:\d+ \[LOST (\d{1,15}) EVENTS\]$/.exec(text);
    return lost === null ? UNKNOWN : { what: "lost", events: Number(lost[1]) };
  }
  const event = parseEvent(prefix.text);
  if (event === undefined) return UNKNOWN;
  const { comm, pid, tgid, time } = prefix;
  return { what: "event", line: { number, comm, pid, tgid, time, event } };
}

function readHeader(text: string): ReadLine {
  if (/^##### CPU \d+ buffer started ####$/.test(text)) return STARTED;
  const [, kept, written] = /^# entries-in-buffer\/entries-written: (\d{1,15})\/(\d{1,15}) /.exec(text) ?? [];
  if (kept === undefined || written === undefined) return BLANK;
  return { what: "entries", overwritten: Math.max(Number(written) - Number(kept), 0) };
}

/** The columns before an event: `b-server-158 ( 158) [000] d..1. 24.605390: `. */
export interface Prefix {
  readonly comm: string;
  readonly pid: number;
  readonly tgid: number | undefined;
  readonly time: number;
  /** Name of the event and what follows it. */
  readonly text: string;
}

// A comm has up to 15 bytes, any of them: dashes, colons, blanks; `<...>` stands for a forgotten one. That it ends
// before the last `-digits` in front of the CPU column is what tells it from the pid. Flags are missing with
// options/irq-info off.
const FTRACE =
  /^\s*(.{1,16}?)-(\d{1,10})\s+(?:\(\s*(\d{1,10}|-+)\)\s+)?\[\d{3,}\]\s+(?:[^\s:]{4,6}\s+)?([\d.]{1,24}):\s(.*)$/s;

// trace-cmd writes the instance first, of whatever name, and pads the event's name.
const TRACE_CMD =
  /^(?:[^\s:]{1,64}:\s+)?(.{1,16}?)-(\d{1,10})\s+\[\d{3,}\]\s+(?:[^\s:]{4,6}\s+)?(\d{1,14}\.\d{9}):\s+(.*)$/s;

/**
 * The columns of a line, or undefined when it is neither ftrace's nor trace-cmd's. kernel/trace/trace_output.c,
 * trace_print_context()
 */
export function parsePrefix(line: string): Prefix | undefined {
  const match = FTRACE.exec(line);
  if (match === null || match[4]!.length - match[4]!.indexOf(".") === 10) return parseTraceCmd(line);
  const [, comm, pid, tgid, time, text] = match as unknown as [string, string, string, string?, string?, string?];
  const at = parseTime(time ?? "");
  if (at === undefined) return undefined;
  const group = tgid === undefined || tgid.startsWith("-") ? undefined : Number(tgid);
  return { comm: comm.trimStart(), pid: Number(pid), tgid: group, time: at, text: text ?? "" };
}

function parseTraceCmd(line: string): Prefix | undefined {
  const match = TRACE_CMD.exec(line);
  if (match === null) return undefined;
  const [, comm, pid, time, text] = match as unknown as [string, string, string, string, string];
  const at = Number(time.replace(".", ""));
  if (!Number.isSafeInteger(at)) return undefined;
  return { comm: comm.trimStart(), pid: Number(pid), tgid: undefined, time: at, text: ownSpelling(text) };
}

/** The event as ftrace spells it: one blank, system calls as calls, marks without the name of their event. */
function ownSpelling(text: string): string {
  const one = text.replace(/^([\w]+:) +/, "$1 ");
  const call = /^sys_(enter|exit)_(\w+): (.*)$/s.exec(one);
  if (call !== null) return call[1] === "enter" ? `sys_${call[2]}(${call[3]})` : `sys_${call[2]} -> ${call[3]}`;
  return one.startsWith("print: ") ? one.slice("print: ".length) : one;
}

/** Microseconds of `24.605390`, or the ticks of an integer clock. */
function parseTime(text: string): number | undefined {
  const dot = text.indexOf(".");
  const value = dot < 0 ? Number(text) : Number(text.slice(0, dot)) * 1_000_000 + Number(text.slice(dot + 1));
  return Number.isSafeInteger(value) && (dot < 0 || text.length === dot + 7) ? value : undefined;
}

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
// before the last `-digits` in front of the CPU column is what tells it from the pid.
const PREFIX =
  /^\s*(.{1,16}?)-(\d{1,10})\s+(?:\(\s*(\d{1,10}|-+)\)\s+)?\[\d{3,}\]\s+[^\s:]{4,6}\s+([\d.]{1,24}):\s(.*)$/s;

/** The columns of a line, or undefined when it is none of ftrace's. kernel/trace/trace_output.c, trace_print_context() */
export function parsePrefix(line: string): Prefix | undefined {
  const match = PREFIX.exec(line);
  if (match === null) return undefined;
  const [, comm, pid, tgid, time, text] = match as unknown as [string, string, string, string?, string?, string?];
  const at = parseTime(time ?? "");
  if (at === undefined) return undefined;
  const group = tgid === undefined || tgid.startsWith("-") ? undefined : Number(tgid);
  return { comm: comm.trimStart(), pid: Number(pid), tgid: group, time: at, text: text ?? "" };
}

/** Microseconds of `24.605390`, or the ticks of an integer clock. */
function parseTime(text: string): number | undefined {
  const dot = text.indexOf(".");
  const value = dot < 0 ? Number(text) : Number(text.slice(0, dot)) * 1_000_000 + Number(text.slice(dot + 1));
  return Number.isSafeInteger(value) && (dot < 0 || text.length === dot + 7) ? value : undefined;
}

/** A history of one lock as the kernel would write it, one event a line. */
export interface LockHistoryText {
  readonly lines: string[];
  /** The line, counted from 1, that is marked with `!`: no order of what happened fits it. */
  readonly unlawful: number | undefined;
}

/**
 * Spells ftrace text from a few words a line: `A starts R`, `A gets R`, `A fails W`, `A leaves W`, `A downgrades`, and
 * `A is out` for a line that only a task which holds nothing can write. A task is there before the trace begins.
 */
export function lockLinesOf(text: string): LockHistoryText {
  const spelt = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const marked = spelt.findIndex((line) => line.endsWith("!"));
  return {
    lines: spelt.map((line, i) => spell(line.replace(/ *!$/, ""), i)),
    unlawful: marked < 0 ? undefined : marked + 1,
  };
}

const LINE = /^([A-Z]) (starts|gets|fails|leaves|downgrades|is out)(?: ([RW]))?$/;

function spell(line: string, i: number): string {
  const [, who, does, mode] = LINE.exec(line) ?? [];
  if (who === undefined) throw new Error(`"${line}" is no event of a lock`);
  const pid = who.charCodeAt(0);
  const write = mode === "W";
  const events: Record<string, string> = {
    starts: `start_locking: mm=00000000aa00bb11 memcg_id=1 write=${write}`,
    gets: `acquire_returned: mm=00000000aa00bb11 memcg_id=1 write=${write} success=true`,
    fails: `acquire_returned: mm=00000000aa00bb11 memcg_id=1 write=${write} success=false`,
    leaves: `released: mm=00000000aa00bb11 memcg_id=1 write=${write}`,
    downgrades: "acquire_returned: mm=00000000aa00bb11 memcg_id=1 write=false success=true",
  };
  const event = events[does!];
  const shown = event === undefined ? "tracing_mark_write: out" : `mmap_lock_${event}`;
  return `task-${pid} ( 60) [000] ..... ${1000 + i}: ${shown}`;
}

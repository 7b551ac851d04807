import { BINDER_READERS } from "./binder-lines.ts";
import { field, flag, number, pointer } from "./fields.ts";
import { IGNORED } from "./ignored.ts";
import { parseMark } from "./parse-mark.ts";
import { parseSyscall } from "./syscall-lines.ts";
import type { TraceEvent } from "./trace-event.ts";
import { parseFault, parseNewTask, parseRss, parseSignal, parseSlab, parseStore } from "./vm-lines.ts";

/** Reads an event's text; undefined when it does not say what such an event always says. */
type Reader = (text: string) => TraceEvent | undefined;

/**
 * What follows the columns of a line: the event, or undefined when it is neither understood nor ignored for a reason.
 */
export function parseEvent(text: string): TraceEvent | undefined {
  if (text.startsWith("sys_")) return parseSyscall(text);
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  const name = text.slice(0, colon);
  const read = READERS.get(name);
  if (read !== undefined) return read(text.slice(colon + 1));
  return IGNORED.has(name) ? { kind: "ignored", name } : undefined;
}

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["mmap_lock_start_locking", parseStart],
  ["mmap_lock_released", parseReleased],
  ["mmap_lock_acquire_returned", parseAcquired],
  ["page_fault_user", (text) => parseFault(text, true)],
  ["page_fault_kernel", (text) => parseFault(text, false)],
  ["ma_write", parseStore],
  ["rss_stat", parseRss],
  ["kmem_cache_alloc", (text) => parseSlab(text, false)],
  ["kmem_cache_free", (text) => parseSlab(text, true)],
  ["signal_deliver", parseSignal],
  ["task_newtask", parseNewTask],
  ...Object.entries(BINDER_READERS),
  [
    "__mmdrop",
    (text) => {
      const mm = pointer(field(text, "mm"));
      return mm === undefined ? undefined : { kind: "mmdrop", mm };
    },
  ],
  [
    "exit_mmap",
    (text) => {
      const mm = pointer(/^ mt_mod ((?:0x)?[\da-f]+), DESTROY\s*$/.exec(text)?.[1]);
      return mm === undefined ? undefined : { kind: "exit_mmap", mm };
    },
  ],
  [
    "sched_process_exit",
    (text) => {
      const pid = number(field(text, "pid"));
      return pid === undefined ? undefined : { kind: "exit", pid };
    },
  ],
  [
    "sched_process_exec",
    (text) => {
      const pid = number(/ pid=(\d+) old_pid=\d+$/.exec(text)?.[1]);
      return pid === undefined ? undefined : { kind: "exec", pid };
    },
  ],
  ["tracing_mark_write", (text) => parseMark(text.trimStart())],
]);

function parseStart(text: string): TraceEvent | undefined {
  const mm = pointer(field(text, "mm"));
  const write = flag(text, "write");
  if (mm === undefined || write === undefined) return undefined;
  return { kind: "lock_start", mm, write, memcgId: field(text, "memcg_id") !== undefined };
}

function parseReleased(text: string): TraceEvent | undefined {
  const mm = pointer(field(text, "mm"));
  const write = flag(text, "write");
  return mm === undefined || write === undefined ? undefined : { kind: "lock_released", mm, write };
}

function parseAcquired(text: string): TraceEvent | undefined {
  const mm = pointer(field(text, "mm"));
  const write = flag(text, "write");
  const success = flag(text, "success");
  if (mm === undefined || write === undefined || success === undefined) return undefined;
  return { kind: "lock_got", mm, write, success };
}

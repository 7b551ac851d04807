import type { TraceLine } from "../line/trace-event.ts";
import { LIMITS } from "../limits.ts";
import { PAGE_SIZE } from "@faultline/mm";
import type { Task } from "../world/task.ts";

/** Installs that are asked: a single one may be wrong. */
const WITNESSES = 4;

/**
 * Whether a file that a task maps at this address is binder's: mmap names no file, but the driver will install pages
 * for this process there. As far as the trace has been read ahead.
 */
export function mappedByBinder(entry: TraceLine, task: Task, start: number): boolean {
  const proc = entry.tgid ?? task.pid;
  let line = entry.next;
  let seen = 0;
  for (let i = 0; i < LIMITS.lookAhead && seen < WITNESSES && line !== undefined; i++, line = line.next) {
    const { event } = line;
    if (event.kind !== "page_start" || event.proc !== proc) continue;
    const insert = nextInsert(line);
    if (insert === undefined) continue;
    if (insert === start + event.index * PAGE_SIZE) return true;
    seen++;
  }
  return false;
}

function nextInsert(from: TraceLine): number | undefined {
  for (let line = from.nextOfTask; line !== undefined; line = line.nextOfTask) {
    if (line.event.kind === "insert_page") return line.event.address;
    if (line.event.kind === "page_start" || line.event.kind === "update_range") return undefined;
  }
  return undefined;
}

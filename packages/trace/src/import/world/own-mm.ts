import { isFromUser, type TraceLine } from "../line/trace-event.ts";

/** Lines of a task that are looked at. */
const LINES = 256;

/**
 * Which address space a task lives in that was there before the trace began, by its hashed pointer: the one whose lock
 * it takes right after a page fault or at the start of a system call; else the first whose lock it takes outside of the
 * driver, which takes other processes' locks. In the middle of a fork the child's is let go of first.
 */
export function ownMm(first: TraceLine): string | undefined {
  let weak: string | undefined;
  let afterUser = false;
  let inDriver = false;
  const started = new Set<string>();
  const held = new Map<string, boolean>();
  let line: TraceLine | undefined = first;
  for (let i = 0; i < LINES && line !== undefined; i++, line = line.nextOfTask) {
    const { event } = line;
    switch (event.kind) {
      case "lock_start":
      case "lock_got":
      case "lock_released":
        if (afterUser) return event.mm;
        if (event.kind === "lock_start") started.add(event.mm);
        else if (event.kind === "lock_released") {
          // Had since before the trace, and another one inside of it.
          if (weak !== undefined && held.get(weak) === false && !started.has(event.mm)) return event.mm;
          held.set(event.mm, false);
        } else if (event.success) held.set(event.mm, true);
        if (!inDriver && !endsInDriver(line)) weak ??= event.mm;
        break;
      case "update_range":
      case "shrink_start":
      case "page_start":
      case "free_page_ret":
        inDriver = true;
        break;
      default:
        if (isFromUser(event)) inDriver = false;
    }
    afterUser = event.kind === "fault" || event.kind === "sys_enter";
  }
  return weak;
}

/** What the driver writes while it has another process's lock, or right after. */
const DRIVERS: ReadonlySet<string> = new Set([
  "page_start",
  "alloc_lru_start",
  "insert_page",
  "insert_page_ret",
  "mmput_async",
]);

/** Whether the task is in the driver without having shown how it got there: the driver puts the mm after its lock. */
function endsInDriver(from: TraceLine): boolean {
  let line: TraceLine | undefined = from;
  for (let i = 0; i < 12 && line !== undefined; i++, line = line.nextOfTask) {
    if (DRIVERS.has(line.event.kind)) return true;
    if (isFromUser(line.event)) return false;
  }
  return false;
}

import { isSchedulers, type TraceLine } from "../line/trace-event.ts";
import type { Space } from "../world/space.ts";
import type { Task } from "../world/task.ts";

/** Whether the acquisition that starts at this line succeeds, as far as the trace has been read ahead. */
export function outcomeOf(start: TraceLine): boolean | undefined {
  if (start.event.kind !== "lock_start") return undefined;
  const { mm, write } = start.event;
  let line = start.nextOfTask;
  while (line !== undefined && isSchedulers(line.event)) line = line.nextOfTask;
  if (line?.event.kind !== "lock_got" || line.event.mm !== mm || line.event.write !== write) return undefined;
  return line.event.success;
}

/** Lock lines of an address space that are still to come. */
export function* comingLockLines(space: Space): Generator<TraceLine> {
  for (let line = space.lastLockLine?.nextOfLock; line !== undefined; line = line.nextOfLock) yield line;
}

/** Line at which the task gets the lock that it waits for; Infinity beyond what has been read ahead. */
export function getsItAt(task: Task, space: Space): number {
  for (const { pid, event, number } of comingLockLines(space)) {
    if (pid === task.pid && event.kind === "lock_got") return event.success ? number : Infinity;
  }
  return Infinity;
}

/** Line at which the task fails to get what it tries to get; Infinity beyond what has been read ahead. */
export function failsAt(task: Task, space: Space): number {
  for (const { pid, event, number } of comingLockLines(space)) {
    if (pid === task.pid && event.kind === "lock_got") return event.success ? Infinity : number;
  }
  return Infinity;
}

/** Line at which the next writer gets the lock, this one included: who gets it later has not had it before. */
export function nextWriterAt(space: Space): number {
  const last = space.lastLockLine;
  if (last !== undefined && isGotAlone(last)) return last.number;
  for (const line of comingLockLines(space)) if (isGotAlone(line)) return line.number;
  return Infinity;
}

function isGotAlone({ event }: TraceLine): boolean {
  return event.kind === "lock_got" && event.success && event.write;
}

/**
 * Whether a writer that waits must have queued by now, while the lock is still taken: because a trylock will fail that
 * nothing else explains (somebody who has the lock by what the trace says, or another writer that waits up to there and
 * gets the lock then), and then somebody else will get the lock before the writer does. The line at which the trylock
 * fails, or undefined.
 */
export function mustQueueNow(writer: Task, space: Space): number | undefined {
  let failed: number | undefined;
  const holders = holdersNow(space);
  const failsBecauseOfOne = (write: boolean): boolean => [...holders.values()].some((alone) => alone || write);
  const starts = new Map([...space.waiting].map(({ pid }) => [pid, -Infinity]));
  const explained = new Set<number>();
  for (const { pid, waiting } of space.waiting) {
    if (waiting!.applied === "failed" || failsBecauseOfOne(waiting!.write)) explained.add(pid);
  }
  for (const { pid, event, number } of comingLockLines(space)) {
    if (event.kind === "lock_released") holders.delete(pid);
    if (event.kind === "lock_start") {
      starts.set(pid, number);
      if (failsBecauseOfOne(event.write)) explained.add(pid);
      else explained.delete(pid);
    }
    if (event.kind !== "lock_got") continue;
    if (!event.success) {
      if (pid !== writer.pid && !explained.has(pid)) failed ??= number;
      continue;
    }
    if (pid === writer.pid || failed === undefined) return undefined;
    return event.write && (starts.get(pid) ?? Infinity) < failed ? undefined : failed;
  }
  return undefined;
}

/** Who has the lock by what the trace says, this line included, and whether alone. */
function holdersNow(space: Space): Map<number, boolean> {
  const holders = new Map([...space.holders].map((task) => [task.pid, task.holds.get(space) === "write"]));
  const last = space.lastLockLine;
  if (last?.event.kind === "lock_got" && last.event.success) holders.set(last.pid, last.event.write);
  return holders;
}

import type { Program } from "@faultline/interleave";
import { apply, type StepEvent, Table, type Transition } from "@faultline/mm";
import { CliError } from "../command-line/cli-error.ts";
import type { Scheduler } from "./scheduler.ts";
import { startThread, type ThreadCursor } from "./thread-cursor.ts";

/** How a run ended: `cut` by its scheduler or the limit, `stuck` with threads that wait for ever, or `finished`. */
export type RunEnding = "finished" | "stuck" | "cut";

/** A run may go round for ever; this many events are enough of it. */
export const MAX_EVENTS: number = 2 ** 20;

/**
 * Runs a program once.
 * @param observe called with each event that happened and what it did
 */
export function runOnce(
  { machine, initial, threads }: Program,
  scheduler: Scheduler,
  observe: (event: StepEvent, transition: Transition) => void,
): RunEnding {
  const table = new Table(initial);
  const cursors = threads.map(startThread);
  for (let events = 0; events < MAX_EVENTS; events++) {
    const ready = new Map<number, { cursor: ThreadCursor; event: StepEvent; transition: Transition }>();
    for (const cursor of cursors) {
      const { pending, thread } = cursor;
      if (pending === undefined) continue;
      const event = { task: thread.task, op: pending.step.op, args: pending.args };
      const transition = apply(machine, table, event);
      if (transition.status !== "blocked") ready.set(thread.task, { cursor, event, transition });
    }
    if (ready.size === 0) {
      return cursors.some(({ pending, thread }) => pending !== undefined && !thread.daemon) ? "stuck" : "finished";
    }
    const chosen = scheduler.nextTask([...ready.keys()], new Map([...ready].map(([task, { event }]) => [task, event])));
    if (chosen === undefined) return "cut";
    const { cursor, event, transition } = ready.get(chosen)!;
    const options = transition.choicePoint?.options;
    const choice = options === undefined ? undefined : scheduler.choose(options);
    const made = choice === undefined ? event : { ...event, choice };
    const done = choice === undefined ? transition : apply(machine, table, made);
    if (done.status === "blocked")
      throw new CliError("E_SCHEDULE", `${event.op} cannot have the outcome ${choice ?? ""} here.`);
    observe(made, done);
    table.apply(done.writes);
    if (done.status === "stopped") cursor.stop();
    else cursor.resume(done.result);
  }
  return "cut";
}

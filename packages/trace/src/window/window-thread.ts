import { kernelMachine, sameValue, type Steps, type Value } from "@faultline/mm";
import { swapUnder, type Under } from "./operation.ts";
import { Rerun } from "./rerun.ts";
import type { Numbered, Span } from "./recognise.ts";
import type { TraceWindow, WindowTask } from "./trace-window.ts";

/** Where a thread was left because it would not have gone on as recorded. */
export type LeftOff = (task: number, event: number) => void;

/**
 * A task of a window as a thread's program: its calls again, under a kernel and driver of the caller's choice. A call that was
 * going on when the window began ends as it began, but what its loops do from here on they do under the new ones. What
 * a single step, or a system call, returned decided what the task did next: where it returns something else, the task
 * lets go of what it took by single steps, and ends. A task that was born in the window waits for that.
 * @param leftOff called when that happens, with the number of the event that had another result
 */
export function windowThread(
  { range: { first }, under: recorded, tasks }: TraceWindow,
  { task, earlier, spans, mm, bornAt }: WindowTask,
  under: Under,
  leftOff: LeftOff = () => undefined,
): () => Steps<null> {
  const births = new Map(tasks.filter((one) => one.bornAt !== undefined).map((one) => [one.bornAt, one]));
  return function* () {
    if (bornAt !== undefined && mm !== null) yield* step("ret_from_fork", []);
    const taken: Numbered[] = [];
    for (const { operation, events } of earlier) if (operation === undefined) note(taken, events[0]!);
    for (const [i, span] of spans.entries()) {
      const child = births.get(span.events[0]!.number);
      if (child !== undefined) {
        if (child.mm !== null) yield* step("wake_up_new_task", [child.task, child.mm]);
        continue;
      }
      const wrong = yield* perform(span, first, recorded, under, taken);
      if (!wrong) continue;
      leftOff(task, span.events.at(-1)!.number);
      yield* letGo(taken, spans.slice(i + 1), under);
      return null;
    }
    return null;
  };
}

/** Does what the span did. Whether it ended otherwise than it did, so that what came next is not known. */
function* perform(span: Span, first: number, recorded: Under, under: Under, taken: Numbered[]): Steps<boolean> {
  const { operation, events, ended } = span;
  const [begin, last] = [events[0]!, events.at(-1)!];
  if (operation === undefined) {
    const result = yield* again(last);
    if (!sameValue(result, last.result)) return true;
    note(taken, last);
    return false;
  }
  const result = yield* call(span, first, recorded, under);
  if (isTaking(operation.name)) note(taken, begin);
  return operation.decides && ended && !sameValue(result, resultOf(span, recorded));
}

/** A call from its beginning, or from where it stood at the window's start. */
function* call({ operation, events }: Span, first: number, recorded: Under, under: Under): Steps<Value> {
  if (events[0]!.number >= first) return yield* operation!.start(under);
  const rerun = new Rerun(operation!.start(recorded));
  for (const { number, result } of events) if (number < first) rerun.feed(result);
  return yield* rerun.rest(swapUnder(operation!, recorded, under));
}

/** What the call returned when it was recorded. */
function resultOf({ operation, events }: Span, recorded: Under): Value {
  const rerun = new Rerun(operation!.start(recorded));
  for (const { result } of events) rerun.feed(result);
  return rerun.result;
}

function again({ event }: Numbered): Steps<Value> {
  return step(event.op, event.args);
}

function* step(op: string, args: readonly Value[]): Steps<Value> {
  return yield { kind: "step", step: kernelMachine.steps.get(op)!, args };
}

/** The releases still to come of what has been taken. */
function* letGo(taken: readonly Numbered[], rest: readonly Span[], under: Under): Steps<null> {
  const open = taken.map(({ event }) => keyOf(event.op, event.args[0]));
  for (const { operation, events } of rest) {
    const { op, args } = events[0]!.event;
    const at = isRelease(operation?.name ?? op) ? open.indexOf(keyOf(op, args[0])) : -1;
    if (at < 0) continue;
    open.splice(at, 1);
    yield* operation === undefined ? step(op, args) : operation.start(under);
  }
  return null;
}

function note(taken: Numbered[], recorded: Numbered): void {
  const { op, args } = recorded.event;
  if (isTaking(op) && recorded.result !== false) taken.push(recorded);
  if (!isRelease(op)) return;
  const at = taken.findIndex(({ event }) => keyOf(event.op, event.args[0]) === keyOf(op, args[0]));
  if (at >= 0) taken.splice(at, 1);
}

function isRelease(op: string): boolean {
  return /unlock$|^up_|^mmput/.test(op);
}

function isTaking(op: string): boolean {
  return /(?<!un)lock$|^down_|^mmget/.test(op);
}

/** What a step takes or lets go of, so that the two meet. */
function keyOf(op: string, subject: Value | undefined): string {
  const family = op.startsWith("mmget") || op.startsWith("mmput") ? "mm_users" : op.replace(/_?(try|un)?lock$/, "");
  return `${family.replace(/^(up|down)_/, "rwsem_")} ${JSON.stringify(subject ?? null)}`;
}

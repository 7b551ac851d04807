import {
  apply,
  createKernel,
  heldBy,
  kernelMachine,
  type Knobs,
  type Profile,
  type Ref,
  rwsemForm,
  type Snapshot,
  Table,
  task as taskOf,
  type Value,
  violationsOf,
  vmaLockForm,
  vmaSlabForm,
} from "@faultline/mm";
import { driverOf } from "../import/profile-guess.ts";
import type { Trace } from "../read/trace.ts";
import { stateAt } from "../replay/seek.ts";
import { type Numbered, recordedGeneration, recognise, type Span } from "./recognise.ts";
import type { Under } from "./operation.ts";

/** Which events: from the first up to and including the last. */
export interface EventRange {
  readonly first: number;
  readonly last: number;
}

/** One task of a window: what it does in it, call by call. */
export interface WindowTask {
  /** Its number in the trace. */
  readonly task: number;
  readonly name: string;
  readonly mm: number | null;
  /** What it did before the window, as far as that was looked at. */
  readonly earlier: readonly Span[];
  /** Calls and single steps, in order. The first may have begun before the window. */
  readonly spans: readonly Span[];
  /** The event of another task that made it; undefined: it was there before the window. */
  readonly bornAt: number | undefined;
}

/** A window of a trace, understood. */
export interface TraceWindow {
  readonly range: EventRange;
  /** What the trace was recorded under. */
  readonly under: Under;
  /** The state at the window's start, with what the trace tells of it only later. */
  readonly initial: Snapshot;
  readonly tasks: readonly WindowTask[];
}

/** Events before the window in which calls are looked for that are still going on. */
const BEFORE = 50_000;
/** Events after the window in which calls that began in it come to their end. */
const AFTER = 5_000;

/**
 * Understands a window of a trace: which tasks there are, and which of the kernel's procedures they are in.
 * @param profile the kernel that the trace was recorded under, and its knobs
 * @throws TraceError E_TRACE_RANGE, E_TRACE_MODEL; DivergedError
 */
export function readWindow(trace: Trace, range: EventRange, profile: Profile, knobs: Knobs): TraceWindow {
  const kernel = createKernel(knobs);
  const start = stateAt(trace, kernelMachine, range.first);
  const end = stateAt(trace, kernelMachine, range.last + 1);
  const from = Math.max(0, range.first - BEFORE);
  const to = Math.min(trace.events, range.last + 1 + AFTER);
  const final = stateAt(trace, kernelMachine, to);
  const byTask = eventsByTask(trace, from, to);
  const generation = recordedGeneration([...byTask.values()], kernel, final, driverOf(profile));
  const freeAt = whenFree(trace, end, range.last + 1, to);
  const tasks: WindowTask[] = [];
  for (const [task, events] of byTask) {
    if (task === 0) continue;
    const last = Math.max(range.last, freeAt.get(task) ?? 0);
    const inside = events.some(({ number }) => number >= range.first && number <= range.last);
    // Who holds a lock must be there to let go of it, whether or not anybody here wants it.
    if (!inside && start.get(heldBy.of(task)).length === 0) continue;
    const all = recognise(events, kernel, [generation], final);
    const spans = all.filter((span) => span.events.at(-1)!.number >= range.first && span.events[0]!.number <= last);
    const earlier = all.filter((span) => span.events.at(-1)!.number < range.first);
    if (spans.length === 0) continue;
    const { name, mm } = final.get(taskOf.of(task));
    tasks.push({ task, name, mm, earlier, spans, bornAt: bornIn(range, byTask, task) });
  }
  tasks.sort((a, b) => a.task - b.task);
  return { range, under: { kernel, generation }, initial: learned(start, tasks, range), tasks };
}

/** The same state under another kernel: what a lock is made of, and what a slab does with memory. */
export function stateUnder(state: Snapshot, { rwsem, vmaLock, vmaSlab }: Knobs): Snapshot {
  return state.with(
    new Map<Ref, Value>([
      [rwsemForm, rwsem],
      [vmaLockForm, vmaLock],
      [vmaSlabForm, vmaSlab],
    ]),
  );
}

/** The events of each task, numbered. */
export function eventsByTask(trace: Trace, from: number, to: number): Map<number, Numbered[]> {
  const byTask = new Map<number, Numbered[]>();
  let number = from;
  for (const recorded of trace.recorded(from, to)) {
    const { task } = recorded.event;
    if (!byTask.has(task)) byTask.set(task, []);
    byTask.get(task)!.push({ ...recorded, number: number++ });
  }
  return byTask;
}

/** For each task that holds a lock at the window's end: the event with which it holds none any more. */
function whenFree(trace: Trace, end: Snapshot, from: number, to: number): Map<number, number> {
  const table = new Table(end);
  const holders = new Set<number>();
  for (const [ref, value] of end.entries()) {
    if (ref.kind.template === heldBy.template && (value as readonly Value[]).length > 0)
      holders.add(Number(ref.ids[0]));
  }
  const free = new Map<number, number>();
  let number = from;
  for (const { event } of trace.recorded(from, to)) {
    if (holders.size === 0) break;
    table.apply(apply(kernelMachine, table, event).writes);
    if (holders.has(event.task) && table.get(heldBy.of(event.task)).length === 0) {
      holders.delete(event.task);
      free.set(event.task, number);
    }
    number++;
  }
  return free;
}

function bornIn(
  { first, last }: EventRange,
  byTask: ReadonlyMap<number, readonly Numbered[]>,
  task: number,
): number | undefined {
  for (const events of byTask.values()) {
    for (const { event, result, number } of events) {
      if (event.op === "task_newtask" && result === task && number >= first && number <= last) return number;
    }
  }
  return undefined;
}

/** What is told of the state in the middle of a call was so before. Only of what nobody changes in between. */
function learned(start: Snapshot, tasks: readonly WindowTask[], { first }: EventRange): Snapshot {
  let state = start;
  const asides = tasks.flatMap(({ spans }) => spans.flatMap((span) => span.asides));
  for (const { event, number } of asides.sort((a, b) => a.number - b.number)) {
    if (number < first) continue;
    const { writes } = apply(kernelMachine, state, event);
    state = state.with(new Map([...writes].filter(([ref]) => ref.kind.template !== violationsOf.template)));
  }
  return state;
}

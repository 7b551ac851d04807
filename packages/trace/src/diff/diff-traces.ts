import { type Machine, sameValue } from "@faultline/mm";
import type { RecordedEvent } from "../format/recorded-event.ts";
import type { Trace } from "../read/trace.ts";
import { stateAt } from "../replay/seek.ts";
import { compareStates, type ComponentDifference } from "../replay/divergence.ts";
import { type PlacedEvent, placedEvents } from "./contexts.ts";

/** One task in both traces. */
export interface TaskDifference {
  readonly task: number;
  /** Events from its first on that are the same in both, whatever the others do in between. */
  readonly common: number;
  /** Events that it has in each. */
  readonly events: readonly [left: number, right: number];
  /** Where it does something else: its next event in each; null: it is done. */
  readonly left: PlacedEvent | null;
  readonly right: PlacedEvent | null;
}

/** An event that both have, which met the others in another order. */
export interface OrderDifference {
  readonly left: PlacedEvent;
  readonly right: PlacedEvent;
  /** The component about which the order matters. */
  readonly component: string;
}

export interface TraceDifference {
  /**
   * `same`: event by event. `equivalent`: but for the order of events that are independent. `order`: the tasks do the
   * same, but dependent events are in another order. `differ`: some task does something else.
   */
  readonly verdict: "same" | "equivalent" | "order" | "differ";
  /** Events from the first on that are the same, in the same order. */
  readonly prefix: number;
  /** The tasks that differ, by number. */
  readonly tasks: readonly TaskDifference[];
  /** The first event, in the right trace's order, that met the others in another order. */
  readonly order: OrderDifference | null;
  /** Components in which the states before the first event differ, and those after the last. */
  readonly initial: readonly ComponentDifference[];
  readonly final: readonly ComponentDifference[];
}

/**
 * Holds two traces against each other: task by task, then in the order of those events that depend on each other.
 * @throws TraceError E_TRACE_MODEL; DivergedError
 */
export function diffTraces(left: Trace, right: Trace, machine: Machine): TraceDifference {
  const ours = byTask(left, machine);
  const theirs = byTask(right, machine);
  const tasks: TaskDifference[] = [];
  let order: OrderDifference | null = null;
  for (const task of [...new Set([...ours.keys(), ...theirs.keys()])].sort((a, b) => a - b)) {
    const [a, b] = [ours.get(task) ?? [], theirs.get(task) ?? []];
    let common = 0;
    while (common < a.length && common < b.length && sameEvent(a[common]!.recorded, b[common]!.recorded)) {
      const found = orderDifference(a[common]!, b[common]!);
      if (found !== null && (order === null || found.right.number < order.right.number)) order = found;
      common++;
    }
    if (common === a.length && common === b.length) continue;
    tasks.push({ task, common, events: [a.length, b.length], left: a[common] ?? null, right: b[common] ?? null });
  }
  const prefix = commonPrefix(left, right);
  const initial = compareStates(stateAt(left, machine, 0).toPlain(), stateAt(right, machine, 0));
  const final = compareStates(stateAt(left, machine, left.events).toPlain(), stateAt(right, machine, right.events));
  const whole = prefix === left.events && prefix === right.events;
  const changed = tasks.length > 0 || initial.length > 0;
  const verdict = changed ? "differ" : whole ? "same" : order === null ? "equivalent" : "order";
  return { verdict, prefix, tasks, order, initial, final };
}

function byTask(trace: Trace, machine: Machine): Map<number, PlacedEvent[]> {
  const tasks = new Map<number, PlacedEvent[]>();
  for (const placed of placedEvents(trace, machine)) {
    if (!tasks.has(placed.task)) tasks.set(placed.task, []);
    tasks.get(placed.task)!.push(placed);
  }
  return tasks;
}

function commonPrefix(left: Trace, right: Trace): number {
  const others = right.recorded();
  let prefix = 0;
  for (const recorded of left.recorded()) {
    const other = others.next();
    if (other.done === true || !sameEvent(recorded, other.value)) break;
    prefix++;
  }
  return prefix;
}

function sameEvent(a: RecordedEvent, b: RecordedEvent): boolean {
  const { event: one } = a;
  const { event: other } = b;
  const same = one.task === other.task && one.op === other.op && one.choice === other.choice && a.status === b.status;
  return same && sameValue(one.args, other.args) && sameValue(a.result, b.result);
}

function orderDifference(left: PlacedEvent, right: PlacedEvent): OrderDifference | null {
  for (const component of new Set([...left.context.keys(), ...right.context.keys()])) {
    if (left.context.get(component) !== right.context.get(component)) return { left, right, component };
  }
  return null;
}

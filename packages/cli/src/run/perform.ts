import { apply, type Machine, type Snapshot, type StepEvent } from "@faultline/mm";
import { type Row, rowOf } from "./row.ts";

/** What came of performing events. */
export interface Performance {
  readonly rows: readonly Row[];
  readonly final: Snapshot;
}

/**
 * Performs events from an initial state and tells what each did.
 * @throws Error when one is blocked: then these events are no run
 */
export function perform(machine: Machine, initial: Snapshot, events: readonly StepEvent[]): Performance {
  let state = initial;
  const rows = events.map((event, number) => {
    const transition = apply(machine, state, event);
    if (transition.status === "blocked") throw new Error(`event ${number}, ${event.op}, is blocked`);
    const after = state.with(transition.writes);
    const row = rowOf(number, event, transition, state, after);
    state = after;
    return row;
  });
  return { rows, final: state };
}

import type { Machine, Snapshot, Transition } from "@faultline/mm";
import type { RecordedEvent } from "../format/recorded-event.ts";
import type { Trace } from "../read/trace.ts";
import { attempt } from "./attempt.ts";
import { DivergedError } from "./diverged-error.ts";
import { eventDivergence } from "./divergence.ts";
import { stateAt } from "./seek.ts";

/** One event, with the states around it. */
export interface Visit {
  /** The event's number, from 0. */
  readonly number: number;
  readonly recorded: RecordedEvent;
  readonly transition: Transition;
  readonly before: Snapshot;
  readonly after: Snapshot;
}

/**
 * Replays with snapshots: each event from `from` up to but not including `to`, with the states before and after it.
 * Slower than `replay`, which keeps none.
 * @throws TraceError E_TRACE_RANGE, E_TRACE_MODEL; DivergedError
 */
export function* travel(trace: Trace, machine: Machine, from = 0, to: number = trace.events): Generator<Visit> {
  let before = stateAt(trace, machine, from);
  let number = from;
  for (const recorded of trace.recorded(from, to)) {
    const transition = attempt(machine, before, recorded);
    if (typeof transition === "string") {
      throw new DivergedError(eventDivergence(machine, before, number, recorded, transition));
    }
    const after = before.with(transition.writes);
    yield { number, recorded, transition, before, after };
    before = after;
    number++;
  }
}

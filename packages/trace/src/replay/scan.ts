import type { Machine, Snapshot } from "@faultline/mm";
import type { Trace } from "../read/trace.ts";
import { breaksAtEnd, hasBroken } from "./broken-rule.ts";
import { stateAt } from "./seek.ts";
import { travel } from "./travel.ts";

/** An event after which the predicate says something else than before it. */
export interface Flip {
  /** The event's number, from 0; -1 for an initial state that is bad. */
  readonly event: number;
  readonly bad: boolean;
}

/**
 * Looks at every state, in order, and lists where good turns to bad and back.
 * @param isBad as for `bisect`
 * @throws TraceError E_TRACE_MODEL; DivergedError
 */
export function scan(trace: Trace, machine: Machine, isBad: (state: Snapshot, events: number) => boolean): Flip[] {
  const flips: Flip[] = [];
  let bad = false;
  const look = (state: Snapshot, events: number): void => {
    if (isBad(state, events) === bad) return;
    bad = !bad;
    flips.push({ event: events - 1, bad });
  };
  look(stateAt(trace, machine, 0), 0);
  for (const { number, after } of travel(trace, machine)) look(after, number + 1);
  return flips;
}

/** {@link scan} for a rule; one about the end of a run is looked at after the last event only. */
export function scanRule(trace: Trace, machine: Machine, rule: string): Flip[] {
  return scan(
    trace,
    machine,
    (state, events) => hasBroken(state, rule) || (events === trace.events && breaksAtEnd(machine, state, rule)),
  );
}

import type { Machine, Snapshot } from "@faultline/mm";
import type { Trace } from "../read/trace.ts";
import { breaksAtEnd, hasBroken } from "./broken-rule.ts";
import { type KnownState, stateAt } from "./seek.ts";

export interface BisectResult {
  /**
   * `found`: `firstBad` is the event. `never`: the state is good after the last event. `from-the-start`: the initial
   * state is bad already.
   */
  readonly outcome: "found" | "never" | "from-the-start";
  /** Number of the event that turned good to bad, from 0. */
  readonly firstBad: number | null;
  /** States looked at: at most log2(events) + 2. */
  readonly probes: number;
}

/**
 * The first event after which the state is bad, given that a bad state stays bad. Where it does not, some event that
 * turned good to bad; `scan` tells of all.
 * @param isBad looks at the state after so many events; what it throws comes through
 * @throws TraceError E_TRACE_MODEL; DivergedError
 */
export function bisect(
  trace: Trace,
  machine: Machine,
  isBad: (state: Snapshot, events: number) => boolean,
): BisectResult {
  let probes = 0;
  // The nearest good state stays at hand: most probes are less than a keyframe away from it.
  let good: KnownState | undefined;
  const badAfter = (events: number): boolean => {
    probes++;
    const state = stateAt(trace, machine, events, good);
    const bad = isBad(state, events);
    if (!bad) good = { events, state };
    return bad;
  };
  if (!badAfter(trace.events)) return { outcome: "never", firstBad: null, probes };
  // The state after `low` events is good, unless low is -1; after `high` it is bad.
  let low = -1;
  let high = trace.events;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (badAfter(middle)) high = middle;
    else low = middle;
  }
  if (high === 0) return { outcome: "from-the-start", firstBad: null, probes };
  return { outcome: "found", firstBad: high - 1, probes };
}

/**
 * The first event that breaks the rule. A rule about the end of a run is broken by its last event, if at all.
 * @throws TraceError E_TRACE_MODEL; DivergedError
 */
export function bisectRule(trace: Trace, machine: Machine, rule: string): BisectResult {
  const found = bisect(trace, machine, (state) => hasBroken(state, rule));
  if (found.outcome !== "never" || !machine.endRules.some(({ name }) => name === rule)) return found;
  if (!breaksAtEnd(machine, stateAt(trace, machine, trace.events), rule)) return found;
  if (trace.events === 0) return { ...found, outcome: "from-the-start" };
  return { ...found, outcome: "found", firstBad: trace.events - 1 };
}

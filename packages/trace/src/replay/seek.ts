import { InPlace, type Machine, type Snapshot, Table } from "@faultline/mm";
import type { Trace } from "../read/trace.ts";
import { TraceError } from "../trace-error.ts";
import { attemptInPlace } from "./attempt.ts";
import { DivergedError } from "./diverged-error.ts";
import { eventDivergence } from "./divergence.ts";

/** A state that is known already, after so many events. */
export interface KnownState {
  readonly events: number;
  readonly state: Snapshot;
}

/**
 * The state after the first `n` events, from the last keyframe before. A keyframe is taken at its word: whether the
 * model agrees with it is for `replay` to say.
 * @param n from 0 to `trace.events`
 * @param known a state to start from instead, if it is nearer
 * @throws TraceError E_TRACE_RANGE, E_TRACE_MODEL; DivergedError
 */
export function stateAt(trace: Trace, machine: Machine, n: number, known?: KnownState): Snapshot {
  if (!Number.isSafeInteger(n) || n < 0 || n > trace.events) {
    throw new TraceError("E_TRACE_RANGE", `there is no state after ${n} events: the trace has ${trace.events}.`);
  }
  const start = nearest(trace, n, known);
  if (start.events === n) return start.state;
  const table = new Table(start.state);
  const state = new InPlace(machine, table);
  let number = start.events;
  for (const block of trace.blocks(start.events, n)) {
    const end = Math.min(block.first + block.count, n);
    for (; number < end; number++) {
      const effect = attemptInPlace(state, block, number - block.first);
      if (typeof effect === "string") {
        const recorded = block.at(number - block.first);
        throw new DivergedError(eventDivergence(machine, table, number, recorded, effect));
      }
    }
  }
  return table.snapshot();
}

function nearest(trace: Trace, n: number, known: KnownState | undefined): KnownState {
  const keyframe = trace.keyframeBefore(n);
  if (known !== undefined && known.events <= n && known.events >= keyframe) return known;
  return { events: keyframe, state: trace.stateAtKeyframe(keyframe) };
}

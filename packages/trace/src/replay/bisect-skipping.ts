import type { Machine, Snapshot } from "@faultline/mm";
import type { Trace } from "../read/trace.ts";
import { type KnownState, stateAt } from "./seek.ts";

/** What a judge says of a state; `skip`: nothing can be said of this one. */
export type Judgement = "good" | "bad" | "skip";

export interface SkippingResult {
  /**
   * As for `bisect`; `undecided`: one of the events from `firstBad` to `lastBad`, and no state between them can be
   * judged. `skipped-end`: not even the last state can.
   */
  readonly outcome: "found" | "never" | "from-the-start" | "undecided" | "skipped-end";
  readonly firstBad: number | null;
  /** The last event that it may be; equal to `firstBad` where it was found. */
  readonly lastBad: number | null;
  readonly probes: number;
  readonly skipped: number;
}

/**
 * The first event after which the state is bad, by a judge who cannot judge every state, as in `git bisect skip`. Where
 * one is skipped, the nearest ones are asked.
 * @param judge what it throws comes through
 * @throws TraceError E_TRACE_MODEL; DivergedError
 */
export function bisectSkipping(
  trace: Trace,
  machine: Machine,
  judge: (state: Snapshot, events: number) => Judgement,
): SkippingResult {
  let [probes, skipped] = [0, 0];
  let good: KnownState | undefined;
  const ask = (events: number): Judgement => {
    probes++;
    const state = stateAt(trace, machine, events, good);
    const said = judge(state, events);
    if (said === "good") good = { events, state };
    if (said === "skip") skipped++;
    return said;
  };
  const none = { firstBad: null, lastBad: null };
  const last = ask(trace.events);
  if (last === "good") return { outcome: "never", ...none, probes, skipped };
  if (last === "skip") return { outcome: "skipped-end", ...none, probes, skipped };
  // The state after `low` events is good, unless low is -1; after `high` it is bad.
  let low = -1;
  let high = trace.events;
  while (high - low > 1) {
    const found = firstJudged(low, high, ask);
    if (found === undefined) break;
    if (found.said === "bad") high = found.events;
    else low = found.events;
  }
  if (high === 0) return { outcome: "from-the-start", ...none, probes, skipped };
  const firstBad = Math.max(low, 0);
  const outcome = high - low === 1 ? "found" : "undecided";
  return { outcome, firstBad: outcome === "found" ? high - 1 : firstBad, lastBad: high - 1, probes, skipped };
}

/** The state between the two that is nearest to the middle and can be judged. */
function firstJudged(
  low: number,
  high: number,
  ask: (events: number) => Judgement,
): { readonly events: number; readonly said: "good" | "bad" } | undefined {
  const middle = Math.floor((low + high) / 2);
  for (let away = 0; away < high - low; away++) {
    for (const events of away === 0 ? [middle] : [middle - away, middle + away]) {
      if (events <= low || events >= high) continue;
      const said = ask(events);
      if (said !== "skip") return { events, said };
    }
  }
  return undefined;
}

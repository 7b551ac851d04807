import { InPlace, type Machine, type Snapshot, Table, type Violation, violationKey } from "@faultline/mm";
import type { RecordedEvent } from "../format/recorded-event.ts";
import { digestOf } from "../format/state-digest.ts";
import type { Trace } from "../read/trace.ts";
import { meansCorrupt, type TraceError } from "../trace-error.ts";
import { attemptInPlace } from "./attempt.ts";
import { DivergedError } from "./diverged-error.ts";
import { compareStates, type Divergence, eventDivergence, stateDivergence } from "./divergence.ts";
import { stateAt } from "./seek.ts";

export interface ReplayOptions {
  /** Event to begin with; the state before it is sought. Default 0. */
  readonly from?: number;
  /** Event to stop before. Default: all of them. */
  readonly to?: number;
  /** Whether the state is held against each keyframe on the way. Default true. */
  readonly verifyKeyframes?: boolean;
}

/** A rule that was broken, and by which event. */
export interface ViolationAt {
  readonly event: number;
  readonly violation: Violation;
}

export interface ReplayResult {
  /**
   * `verified`: every event of the range did what was recorded. `truncated`: so it is, but the trace was cut at its
   * end. `diverged`: see `divergence`. `corrupt`: a block is not what its writer wrote, see `error`.
   */
  readonly verdict: "verified" | "diverged" | "truncated" | "corrupt";
  /** Events that did what was recorded. */
  readonly events: number;
  /** The state after them, and its hash. */
  readonly state: Snapshot;
  readonly stateHash: string;
  /** Rules broken on the way, each once per task, step and object. */
  readonly violations: readonly ViolationAt[];
  readonly divergence?: Divergence;
  /** Why the trace ends where it does, for `truncated` and `corrupt`. */
  readonly error?: TraceError;
}

/**
 * Feeds the recorded events to the model, in place, and compares every result, and the state at every keyframe and
 * at the end.
 * @throws TraceError when the state to start from cannot be had: E_TRACE_RANGE, E_TRACE_MODEL when the model cannot
 * understand it, and with `from`, what damage on the way there gives
 */
export function replay(trace: Trace, machine: Machine, options: ReplayOptions = {}): ReplayResult {
  const from = options.from ?? 0;
  const to = Math.min(options.to ?? trace.events, trace.events);
  let start: Snapshot;
  try {
    start = stateAt(trace, machine, from);
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    return new Run(trace, machine, trace.stateAtKeyframe(0), 0).end({ divergence: error.divergence });
  }
  const run = new Run(trace, machine, start, from);
  try {
    const divergence = run.through(to, options.verifyKeyframes ?? true);
    if (divergence !== undefined) return run.end({ divergence });
  } catch (error) {
    if (!meansCorrupt(error)) throw error;
    return run.end({ corruption: error });
  }
  return run.end(to === trace.events && trace.truncation !== undefined ? { truncation: trace.truncation } : {});
}

class Run {
  readonly #trace: Trace;
  readonly #machine: Machine;
  readonly #table: Table;
  readonly #state: InPlace;
  readonly #from: number;
  readonly #violations = new Map<string, ViolationAt>();
  /** The next event. */
  #at: number;
  /** Up to here the state is known to be the recorded one. */
  #agreed: number;

  constructor(trace: Trace, machine: Machine, start: Snapshot, from: number) {
    this.#trace = trace;
    this.#machine = machine;
    this.#table = new Table(start);
    this.#state = new InPlace(machine, this.#table);
    this.#from = this.#at = this.#agreed = from;
  }

  through(to: number, verifyKeyframes: boolean): Divergence | undefined {
    const trace = this.#trace;
    const keyframes = verifyKeyframes ? trace.keyframes.filter((at) => at > this.#at && at <= to) : [];
    let nextKeyframe = 0;
    for (const block of trace.blocks(this.#at, to)) {
      const end = Math.min(block.count, to - block.first);
      for (let i = this.#at - block.first; i < end; i++) {
        const effect = attemptInPlace(this.#state, block, i);
        if (typeof effect === "string") {
          return eventDivergence(this.#machine, this.#table, this.#at, block.at(i), effect);
        }
        if (effect.violations.length > 0) this.#note(effect.violations);
        this.#at++;
        if (this.#at === keyframes[nextKeyframe]) {
          nextKeyframe++;
          const divergence = this.#compare(block.at(i));
          if (divergence !== undefined) return divergence;
        }
      }
    }
    return to === trace.events ? this.#compareEnd() : undefined;
  }

  end(why: { divergence?: Divergence; corruption?: TraceError; truncation?: TraceError }): ReplayResult {
    const { divergence, corruption, truncation } = why;
    const state = this.#table.snapshot();
    const error = corruption ?? truncation;
    return {
      verdict: divergence ? "diverged" : corruption ? "corrupt" : truncation ? "truncated" : "verified",
      events: this.#at - this.#from,
      state,
      stateHash: digestOf(state),
      violations: [...this.#violations.values()],
      ...(divergence === undefined ? {} : { divergence }),
      ...(error === undefined ? {} : { error }),
    };
  }

  #note(violations: readonly Violation[]): void {
    for (const violation of violations) {
      const key = `${violation.task} ${violationKey(violation)}`;
      if (!this.#violations.has(key)) this.#violations.set(key, { event: this.#at, violation });
    }
  }

  #compare(last: RecordedEvent): Divergence | undefined {
    const stored = this.#trace.storedState(this.#at);
    if (digestOf(this.#table) === stored.hash) {
      this.#agreed = this.#at;
      return undefined;
    }
    const state = this.#table.snapshot();
    return stateDivergence(this.#at - 1, this.#agreed, last, compareStates(stored.plain, state));
  }

  #compareEnd(): Divergence | undefined {
    const { finalHash } = this.#trace;
    // A keyframe that agreed has the same hash.
    if (finalHash === undefined || (this.#agreed === this.#at && this.#at > this.#from)) return undefined;
    if (digestOf(this.#table) === finalHash) return undefined;
    const last = this.#at - 1;
    return last < 0 ? undefined : stateDivergence(last, this.#agreed, this.#trace.event(last), []);
  }
}

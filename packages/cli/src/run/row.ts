import type { Snapshot, StepEvent, Transition, Violation } from "@faultline/mm";
import type { Change } from "../render/change-text.ts";
import type { StepOutcome } from "../render/step-text.ts";

/** One event of a run, with what it did. */
export interface Row {
  /** Counted from 0. */
  readonly number: number;
  readonly event: StepEvent;
  readonly outcome: StepOutcome;
  readonly changes: readonly Change[];
  readonly violations: readonly Violation[];
  /** Keys of the components that it read and wrote. */
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
  /** Line of the source that it was imported from. */
  readonly line?: number;
}

/** The row of an event that happened: its transition is not blocked. */
export function rowOf(
  number: number,
  event: StepEvent,
  transition: Transition,
  before: Snapshot,
  after: Snapshot,
  line?: number,
): Row {
  const { status, result, reads, writes, violations } = transition;
  return {
    number,
    event,
    outcome: { status: status === "stopped" ? "stopped" : "done", result },
    changes: before.diff(after),
    violations,
    reads: keysOf(reads),
    writes: keysOf(writes),
    ...(line === undefined ? {} : { line }),
  };
}

function keysOf(footprint: Transition["reads"]): Set<string> {
  return new Set([...footprint.keys()].map(({ key }) => key));
}

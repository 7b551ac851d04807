import type { StepEvent, Value } from "@faultline/mm";

/** An event as it happened, with what a replay has to find again. */
export interface RecordedEvent {
  readonly event: StepEvent;
  /** `stopped`: the kernel could not go on, and the task ended with this event. */
  readonly status: "done" | "stopped";
  /** The step's result, null when it stopped. */
  readonly result: Value;
  /** Line of the source it was imported from, counted from 1. */
  readonly line?: number;
  /** When it happened, in the unit and from the origin that the header's `meta.clock` names. Not always ascending. */
  readonly time?: number;
  /** Whatever else is known of it. Replay ignores it. */
  readonly note?: Value;
}

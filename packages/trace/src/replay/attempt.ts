import { apply, type Machine, sameValue, type Source, type Transition } from "@faultline/mm";
import type { RecordedEvent } from "../format/recorded-event.ts";

/**
 * Does a recorded event again and compares. Nothing reaches the source.
 * @returns what the event did, or, where that is not what was recorded, why not
 */
export function attempt(machine: Machine, source: Source, recorded: RecordedEvent): Transition | string {
  const computed = tryEvent(machine, source, recorded);
  if (typeof computed === "string") return computed;
  if (computed.status !== recorded.status) {
    return computed.status === "blocked"
      ? "the step has to wait here, and in the recording it did not"
      : `the step is ${computed.status}, and in the recording it was ${recorded.status}`;
  }
  if (computed.result !== recorded.result && !sameValue(computed.result, recorded.result)) {
    return "the step has another result than in the recording";
  }
  return computed;
}

/** What the event does, or why it cannot happen at all. */
export function tryEvent(machine: Machine, source: Source, { event }: RecordedEvent): Transition | string {
  try {
    return apply(machine, source, event);
  } catch (error) {
    // Arguments and states come from a file: a reducer or a rule that stumbles over them refuses the event.
    return error instanceof Error ? error.message : String(error);
  }
}

import { apply, type Effect, type InPlace, type Machine, sameValue, type Source, type Transition } from "@faultline/mm";
import type { RecordedEvent } from "../format/recorded-event.ts";

/**
 * Does a recorded event again and compares. Nothing reaches the source.
 * @returns what the event did, or, where that is not what was recorded, why not
 */
export function attempt(machine: Machine, source: Source, recorded: RecordedEvent): Transition | string {
  const computed = tryEvent(machine, source, recorded);
  return typeof computed === "string" ? computed : (difference(computed, recorded) ?? computed);
}

/** The same in place: the table has the event's effect, or, where that is not what was recorded, is as it was. */
export function attemptInPlace(state: InPlace, recorded: RecordedEvent): Effect | string {
  let computed: Effect;
  try {
    computed = state.apply(recorded.event);
  } catch (error) {
    return reasonOf(error);
  }
  const why = difference(computed, recorded);
  if (why === undefined) return computed;
  state.undo();
  return why;
}

/** What the event does, or why it cannot happen at all. */
export function tryEvent(machine: Machine, source: Source, { event }: RecordedEvent): Transition | string {
  try {
    return apply(machine, source, event);
  } catch (error) {
    return reasonOf(error);
  }
}

/** Arguments and states come from a file: a reducer or a rule that stumbles over them refuses the event. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function difference(computed: Effect, recorded: RecordedEvent): string | undefined {
  if (computed.status !== recorded.status) {
    return computed.status === "blocked"
      ? "the step has to wait here, and in the recording it did not"
      : `the step is ${computed.status}, and in the recording it was ${recorded.status}`;
  }
  if (computed.result === recorded.result || sameValue(computed.result, recorded.result)) return undefined;
  return "the step has another result than in the recording";
}

import { apply, type Effect, type InPlace, type Machine, sameValue, type Source, type Transition } from "@faultline/mm";
import type { EventBlock } from "../format/event-block.ts";
import type { RecordedEvent } from "../format/recorded-event.ts";

/**
 * Does a recorded event again and compares. Nothing reaches the source.
 * @returns what the event did, or, where that is not what was recorded, why not
 */
export function attempt(machine: Machine, source: Source, recorded: RecordedEvent): Transition | string {
  const computed = tryEvent(machine, source, recorded);
  return typeof computed === "string" ? computed : (difference(computed, recorded) ?? computed);
}

/**
 * The same in place, for the i-th event of a block: the table has the event's effect, or, where that is not what was
 * recorded, is as it was.
 */
export function attemptInPlace(state: InPlace, block: EventBlock, i: number): Effect | string {
  const { op, args } = block.callAt(i);
  const recorded = block.outcomeAt(i);
  let computed: Effect;
  try {
    computed = state.applyCall(block.taskAt(i), op, args, recorded.choice);
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

function difference(computed: Effect, recorded: Pick<RecordedEvent, "status" | "result">): string | undefined {
  if (computed.status !== recorded.status) {
    return computed.status === "blocked"
      ? "the step has to wait here, and in the recording it did not"
      : `the step is ${computed.status}, and in the recording it was ${recorded.status}`;
  }
  if (computed.result === recorded.result || sameValue(computed.result, recorded.result)) return undefined;
  return "the step has another result than in the recording";
}

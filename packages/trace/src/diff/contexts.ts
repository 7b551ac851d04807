import { type Machine, type Ref, Table, type Transition } from "@faultline/mm";
import type { RecordedEvent } from "../format/recorded-event.ts";
import type { Trace } from "../read/trace.ts";
import { attempt } from "../replay/attempt.ts";
import { DivergedError } from "../replay/diverged-error.ts";
import { eventDivergence } from "../replay/divergence.ts";
import { stateAt } from "../replay/seek.ts";

/** An event with its place in its task's run, and what of the others' it met. */
export interface PlacedEvent {
  readonly number: number;
  readonly task: number;
  /** How many events of its task came before. */
  readonly index: number;
  readonly recorded: RecordedEvent;
  /**
   * For each component that it touched, who wrote it last, and for those that it wrote, who has read it since. Two runs
   * with the same events in the same contexts differ in the order of independent events only.
   */
  readonly context: ReadonlyMap<string, string>;
}

interface Access {
  writer: string;
  readers: string[];
}

/**
 * The events of a trace, each with its context. Footprints are observed as the events are done again.
 * @throws TraceError E_TRACE_MODEL; DivergedError
 */
export function* placedEvents(trace: Trace, machine: Machine): Generator<PlacedEvent> {
  const table = new Table(stateAt(trace, machine, 0));
  const counts = new Map<number, number>();
  const accesses = new Map<Ref, Access>();
  let number = 0;
  for (const recorded of trace.recorded()) {
    const { task } = recorded.event;
    const index = counts.get(task) ?? 0;
    counts.set(task, index + 1);
    const transition = attempt(machine, table, recorded);
    if (typeof transition === "string") {
      throw new DivergedError(eventDivergence(machine, table, number, recorded, transition));
    }
    table.apply(transition.writes);
    yield { number, task, index, recorded, context: note(accesses, transition, `${task}.${index}`) };
    number++;
  }
}

function note(accesses: Map<Ref, Access>, { reads, writes }: Transition, event: string): Map<string, string> {
  const context = new Map<string, string>();
  for (const ref of new Set([...reads.keys(), ...writes.keys()])) {
    const access = accesses.get(ref) ?? { writer: "", readers: [] };
    accesses.set(ref, access);
    if (writes.has(ref)) {
      context.set(ref.key, [access.writer, ...access.readers.toSorted()].join(" "));
      access.writer = event;
      access.readers = [];
    } else {
      context.set(ref.key, access.writer);
      access.readers.push(event);
    }
  }
  return context;
}

import { apply, type Machine, type Snapshot, type StepEvent, Table, type Transition, type Value } from "@faultline/mm";
import type { TraceInfo } from "../format/header-block.ts";
import type { RecordedEvent } from "../format/recorded-event.ts";
import { TraceError } from "../trace-error.ts";
import { type ByteSink, MemorySink } from "../write/byte-sink.ts";
import { TraceWriter, type WriterOptions } from "../write/trace-writer.ts";

/** What a recorder has to know of what an event did. */
type RecordedEffect = Pick<Transition, "status" | "result" | "writes" | "choicePoint">;

/** What may be known of an event besides what it did. */
export type Remarks = Pick<RecordedEvent, "line" | "time" | "note">;

/**
 * Records a run as it happens: hand it each event with the transition that mm's apply computed, in order. It keeps
 * the state, in place, for keyframes. Its methods throw what TraceWriter's throw; the recording is then given up, since a
 * run with an event missing is another run.
 */
export class Recorder {
  readonly #writer: TraceWriter;
  readonly #table: Table;

  constructor(sink: ByteSink, info: TraceInfo, initial: Snapshot, options: WriterOptions = {}) {
    this.#writer = new TraceWriter(sink, info, initial, options);
    this.#table = new Table(initial);
  }

  /** Events recorded so far. */
  get events(): number {
    return this.#writer.events;
  }

  /**
   * Records an event. One that has a choice to make and does not say which is recorded with the choice it made.
   * @throws TraceError E_TRACE_EVENT when the transition is blocked: then nothing happened
   */
  record(event: StepEvent, transition: RecordedEffect, remarks?: Remarks): void {
    const { status, result, choicePoint } = transition;
    if (status === "blocked") {
      throw new TraceError(
        "E_TRACE_EVENT",
        `event ${this.events}, ${event.op} by task ${event.task}, is blocked: it did not happen and is not recorded.`,
      );
    }
    const choice = event.choice ?? choicePoint?.options[0];
    const made = choice === undefined || event.choice !== undefined ? event : { ...event, choice };
    const recorded: RecordedEvent = { event: made, status, result };
    try {
      this.#writer.append(remarks === undefined ? recorded : { ...remarks, ...recorded });
      this.#table.apply(transition.writes);
      if (this.#writer.keyframeDue) this.#writer.keyframe(this.#table.snapshot());
    } catch (error) {
      this.#writer.abort();
      throw error;
    }
  }

  /** The present state. Costs the whole table. */
  state(): Snapshot {
    return this.#table.snapshot();
  }

  /** Writes what waits for its block to fill: after this, a killed program loses nothing. */
  flush(): void {
    this.#writer.flush();
  }

  /** Completes the trace. @returns the state after the last event */
  finish(): Snapshot {
    const final = this.#table.snapshot();
    this.#writer.finish(final);
    return final;
  }

  /** Gives up: see TraceWriter.abort. */
  abort(): void {
    this.#writer.abort();
  }
}

/** Options of {@link recordRun}. */
export interface RecordRunOptions extends WriterOptions {
  readonly producer?: string;
  readonly meta?: Readonly<Record<string, Value>>;
  /** Where the trace goes besides. It is committed at the end, or aborted. */
  readonly sink?: ByteSink;
}

/**
 * Runs events from an initial state and records them.
 * @returns the trace's bytes and the state after the last event
 * @throws TraceError E_TRACE_EVENT, with the event's number, when one is blocked or the machine refuses it
 */
export function recordRun(
  machine: Machine,
  initial: Snapshot,
  events: Iterable<StepEvent>,
  options: RecordRunOptions = {},
): { readonly bytes: Uint8Array; readonly final: Snapshot } {
  const { producer = "faultline", meta = {}, sink, ...writer } = options;
  const memory = new MemorySink();
  const recorder = new Recorder(sink === undefined ? memory : both(memory, sink), { producer, meta }, initial, writer);
  const table = new Table(initial);
  try {
    for (const event of events) {
      const transition = tryApply(machine, table, event, recorder.events);
      recorder.record(event, transition);
      table.apply(transition.writes);
    }
  } catch (error) {
    recorder.abort();
    throw error;
  }
  const final = recorder.finish();
  return { bytes: memory.bytes(), final };
}

function tryApply(machine: Machine, table: Table, event: StepEvent, number: number): Transition {
  try {
    return apply(machine, table, event);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TraceError("E_TRACE_EVENT", `event ${number} cannot be recorded: ${reason}.`, error);
  }
}

function both(first: ByteSink, second: ByteSink): ByteSink {
  return {
    write(bytes) {
      first.write(bytes);
      second.write(bytes);
    },
    commit() {
      first.commit();
      second.commit();
    },
    abort() {
      first.abort();
      second.abort();
    },
  };
}

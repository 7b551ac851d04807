import type { StepEvent } from "@faultline/mm";
import { ColumnId } from "./event-columns.ts";
import { decodeEvents } from "./event-decoder.ts";
import { Place } from "./event-history.ts";
import type { CallRow, EventTables, OutcomeRow } from "./event-tables.ts";
import { PackedColumns } from "./packed-columns.ts";
import { readPlaces } from "./place-column.ts";
import type { RecordedEvent } from "./recorded-event.ts";
import { asTuple } from "./schema.ts";

/** The events of one block. */
export class EventBlock {
  /** Number of the first event. */
  readonly first: number;
  readonly count: number;
  readonly #tables: EventTables;
  /** Number of the first event where the tables begin. */
  readonly #offset: number;
  readonly #lines: Float64Array | undefined;
  readonly #times: Float64Array | undefined;

  /**
   * @param tables of the blocks before; they get the events of this one
   * @throws TraceError for a payload that no writer writes
   */
  constructor(first: number, count: number, payload: unknown, tables: EventTables) {
    this.first = first;
    this.count = count;
    const [calls, outcomes, columnList] = asTuple(payload, 3, "a block of events");
    const { history } = tables;
    this.#tables = tables;
    this.#offset = history.events;
    const known = { calls: tables.calls.templates.length, outcomes: tables.outcomes.templates.length };
    tables.grow(calls, outcomes);
    const columns = new PackedColumns(columnList);
    const repeats = new Int32Array(count);
    decodeEvents(tables, columns, count, known, repeats);
    const lines = history.line.subarray(this.#offset, history.events);
    const times = history.time.subarray(this.#offset, history.events);
    const likeBefore = (places: Uint8Array) => (i: number) => (repeats[i]! < 0 ? Place.same : places[repeats[i]!]!);
    this.#lines = readPlaces(columns, ColumnId.line, "line", likeBefore(history.line), lines);
    const likeLine = (i: number): number => lines[i]!;
    const predict = this.#lines === undefined ? likeBefore(history.time) : likeLine;
    this.#times = readPlaces(columns, ColumnId.time, "time", predict, times);
  }

  /** The task, the call and the outcome of the block's i-th event, which must exist. */
  taskAt(i: number): number {
    return this.#tables.history.task[this.#offset + i]!;
  }

  callAt(i: number): CallRow {
    return this.#tables.callAt(this.#offset + i);
  }

  outcomeAt(i: number): OutcomeRow {
    return this.#tables.outcomeAt(this.#offset + i);
  }

  /** The block's i-th event, counted from 0. */
  at(i: number): RecordedEvent {
    if (i < 0 || i >= this.count) throw new RangeError(`a block of ${this.count} events has no event ${i}`);
    const tables = this.#tables;
    const number = this.#offset + i;
    const { op, args } = tables.callAt(number);
    const { status, result, choice, note } = tables.outcomeAt(number);
    const task = tables.history.task[number]!;
    const event: StepEvent = choice === undefined ? { task, op, args } : { task, op, args, choice };
    if (this.#lines === undefined && this.#times === undefined && note === undefined) return { event, status, result };
    const line = this.#lines?.[i] ?? -1;
    const time = this.#times?.[i] ?? -1;
    return {
      event,
      status,
      result,
      ...(line < 0 ? {} : { line }),
      ...(time < 0 ? {} : { time }),
      ...(note === undefined ? {} : { note }),
    };
  }
}

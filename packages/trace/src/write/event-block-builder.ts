import { ByteColumn } from "../format/byte-column.ts";
import { ColumnId } from "../format/event-columns.ts";
import { COMPACT_INTEGER, MAX_BLOCK_EVENTS, MAX_GROUP_ROWS, MAX_TASK, MAX_VALUE_TEXT } from "../format/limits.ts";
import type { RecordedEvent } from "../format/recorded-event.ts";
import { TraceError } from "../trace-error.ts";
import { checkRow, GrowingTable } from "./growing-table.ts";
import { NoteColumn } from "./note-column.ts";
import { OptionalColumn } from "./optional-column.ts";

/** Tables that grew past this begin anew, so that a reader's memory stays small whatever the length of the trace. */
const TABLE_ROWS: number = MAX_GROUP_ROWS / 4;
const TABLE_TEXT: number = 2 ** 20;

/** A block's payload, its number of events, and whether the tables begin with it. */
export interface BuiltBlock {
  readonly payload: unknown;
  readonly count: number;
  readonly tablesBegin: boolean;
}

/** Collects events into columns. */
export class EventBlockBuilder {
  #calls = new GrowingTable();
  #outcomes = new GrowingTable();
  /** For each call, the outcome it had last. */
  #usual: number[] = [];
  readonly #tasks = new ByteColumn();
  readonly #callColumn = new ByteColumn();
  readonly #outcomeColumn = new ByteColumn();
  readonly #lines = new OptionalColumn();
  readonly #times = new OptionalColumn();
  readonly #notes = new NoteColumn();
  #count = 0;
  /** Characters that the new rows and notes of this block, and of all blocks since the tables began, have. */
  #blockText = 0;
  #tableText = 0;
  #tablesBegin = true;

  /** Events collected since the last block. */
  get count(): number {
    return this.#count;
  }

  /** Whether another event may be too much for this block. */
  get full(): boolean {
    return this.#count === MAX_BLOCK_EVENTS || this.#blockText > MAX_VALUE_TEXT;
  }

  /** @throws TraceError E_TRACE_VALUE for an event that a trace cannot hold; nothing of it is kept then */
  append(recorded: RecordedEvent): void {
    const { event, status, result, line, time, note } = recorded;
    requireCount(event.task, MAX_TASK, "a task number");
    if (line !== undefined) requireCount(line, COMPACT_INTEGER - 1, "a line");
    if (time !== undefined) requireCount(time, COMPACT_INTEGER - 1, "a time");
    const callRow = [event.op, ...event.args];
    const outcomeRow = event.choice === undefined ? [status, result] : [status, result, event.choice];
    const knownCall = this.#calls.find(callRow);
    const knownOutcome = this.#outcomes.find(outcomeRow);
    let text = note === undefined ? 0 : checkRow([note], event.op);
    if (knownCall === undefined) text += checkRow(callRow, event.op);
    if (knownOutcome === undefined) text += checkRow(outcomeRow, event.op);

    const call = knownCall ?? this.#calls.add(callRow);
    const outcome = knownOutcome ?? this.#outcomes.add(outcomeRow);
    this.#tasks.push(event.task);
    this.#callColumn.push(knownCall === undefined ? 0 : call + 1);
    if (knownOutcome === undefined) this.#outcomeColumn.push(1);
    else this.#outcomeColumn.push(this.#usual[call] === outcome ? 0 : outcome + 2);
    this.#usual[call] = outcome;
    this.#lines.push(line);
    this.#times.push(time);
    this.#notes.push(this.#count, event.op, note);
    this.#blockText += text;
    this.#tableText += text;
    this.#count++;
  }

  /** The block of the events collected. There must be some. */
  take(): BuiltBlock {
    const columns: (readonly [number, Uint8Array])[] = [
      [ColumnId.task, this.#tasks.take()],
      [ColumnId.call, this.#callColumn.take()],
      [ColumnId.outcome, this.#outcomeColumn.take()],
    ];
    const lines = this.#lines.take();
    const times = this.#times.take();
    if (lines !== undefined) columns.push([ColumnId.line, lines]);
    if (times !== undefined) columns.push([ColumnId.time, times]);
    const { values, column } = this.#notes.take();
    if (column !== undefined) columns.push([ColumnId.note, column]);
    const payload = [this.#calls.take(), this.#outcomes.take(), columns, values];
    const built = { payload, count: this.#count, tablesBegin: this.#tablesBegin };
    this.#count = 0;
    this.#blockText = 0;
    this.#tablesBegin = false;
    const rows = Math.max(this.#calls.size, this.#outcomes.size);
    if (this.#tableText > TABLE_TEXT || rows > TABLE_ROWS) this.beginTables();
    return built;
  }

  /** Forgets the tables: what follows can be read without what went before. No events may be waiting. */
  beginTables(): void {
    this.#calls = new GrowingTable();
    this.#outcomes = new GrowingTable();
    this.#usual = [];
    this.#tableText = 0;
    this.#tablesBegin = true;
  }
}

function requireCount(value: number, max: number, what: string): void {
  if (Number.isSafeInteger(value) && value >= 0 && value <= max) return;
  throw new TraceError("E_TRACE_VALUE", `${what} is ${String(value)}: a trace holds whole numbers from 0 to ${max}.`);
}

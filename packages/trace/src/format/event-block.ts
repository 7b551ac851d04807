import { deepFreeze, type StepEvent, type Value } from "@faultline/mm";
import { ColumnReader } from "./byte-column.ts";
import { ColumnId } from "./event-columns.ts";
import type { EventTables } from "./event-tables.ts";
import { COMPACT_INTEGER, MAX_TASK } from "./limits.ts";
import type { RecordedEvent } from "./recorded-event.ts";
import { asBytes, asCount, asList, asTuple, asValue, malformed } from "./schema.ts";

/** The events of one block, in columns. */
export class EventBlock {
  /** Number of the first event. */
  readonly first: number;
  readonly count: number;
  /** The rows of calls and outcomes. Later blocks add to them and change none. */
  readonly tables: EventTables;
  readonly #tasks: Uint32Array;
  readonly #calls: Uint32Array;
  readonly #outcomes: Uint32Array;
  readonly #lines: Float64Array | undefined;
  readonly #times: Float64Array | undefined;
  readonly #notes: readonly Value[];
  /** For each event 0 for no note, or 1 + the note's number; undefined when none has one. */
  readonly #noted: Uint32Array | undefined;

  /**
   * @param tables of the blocks before; they get the rows that are new in this one
   * @throws TraceError for a payload that no writer writes
   */
  constructor(first: number, count: number, payload: unknown, tables: EventTables) {
    this.first = first;
    this.count = count;
    const [calls, outcomes, columnList, notes] = asTuple(payload, 4, "a block of events");
    const callsBefore = tables.calls.length;
    const outcomesBefore = tables.outcomes.length;
    tables.grow(calls, outcomes, count);
    const columns = readColumns(columnList);
    this.#tasks = taskColumn(column(columns, ColumnId.task), count);
    this.#calls = callColumn(column(columns, ColumnId.call), count, callsBefore, tables.calls.length);
    this.#outcomes = outcomeColumn(column(columns, ColumnId.outcome), this.#calls, tables, outcomesBefore);
    this.#lines = optionalColumn(columns.get(ColumnId.line), count, "line");
    this.#times = optionalColumn(columns.get(ColumnId.time), count, "time");
    this.#notes = asList(notes, "the notes").map((note) => deepFreeze(asValue(note, "a note")));
    this.#noted = noteColumn(columns.get(ColumnId.note), this.#calls, tables, this.#notes.length);
    this.tables = tables;
  }

  /** The task of the block's i-th event, counted from 0, and the rows of its call and its outcome. */
  taskOf(i: number): number {
    return this.#tasks[i]!;
  }

  callOf(i: number): number {
    return this.#calls[i]!;
  }

  outcomeOf(i: number): number {
    return this.#outcomes[i]!;
  }

  /** The block's i-th event, counted from 0. */
  at(i: number): RecordedEvent {
    if (i < 0 || i >= this.count) throw new RangeError(`a block of ${this.count} events has no event ${i}`);
    const { op, args } = this.tables.calls[this.#calls[i]!]!;
    const { status, result, choice } = this.tables.outcomes[this.#outcomes[i]!]!;
    const task = this.#tasks[i]!;
    const event: StepEvent = choice === undefined ? { task, op, args } : { task, op, args, choice };
    if (this.#lines === undefined && this.#times === undefined && this.#noted === undefined) {
      return { event, status, result };
    }
    const line = this.#lines?.[i] ?? -1;
    const time = this.#times?.[i] ?? -1;
    const noted = this.#noted?.[i] ?? 0;
    const note = noted === 0 ? undefined : this.#notes[noted - 1];
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

function readColumns(data: unknown): Map<number, Uint8Array> {
  const columns = new Map<number, Uint8Array>();
  for (const part of asList(data, "the columns")) {
    const [id, bytes] = asTuple(part, 2, "a column");
    const number = asCount(id, 0xffff, "a column's number");
    if (columns.has(number)) throw malformed(`column ${number} is there twice`);
    columns.set(number, asBytes(bytes, `column ${number}`));
  }
  return columns;
}

function column(columns: ReadonlyMap<number, Uint8Array>, id: number): Uint8Array {
  const bytes = columns.get(id);
  if (bytes === undefined) throw malformed(`a block of events lacks column ${id}`);
  return bytes;
}

function taskColumn(bytes: Uint8Array, count: number): Uint32Array {
  const reader = new ColumnReader(bytes, "task");
  const tasks = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const task = reader.next();
    if (task > MAX_TASK) throw malformed(`event ${i} of a block is by task ${task}`);
    tasks[i] = task;
  }
  reader.end();
  return tasks;
}

function callColumn(bytes: Uint8Array, count: number, known: number, total: number): Uint32Array {
  const reader = new ColumnReader(bytes, "call");
  const calls = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const code = reader.next();
    const row = code === 0 ? known++ : code - 1;
    if (row >= known || row >= total)
      throw malformed(`event ${i} of a block has call ${row}, which does not exist yet`);
    calls[i] = row;
  }
  reader.end();
  if (known !== total) throw malformed("a block brings calls that none of its events makes");
  return calls;
}

function outcomeColumn(bytes: Uint8Array, calls: Uint32Array, tables: EventTables, known: number): Uint32Array {
  const reader = new ColumnReader(bytes, "outcome");
  const outcomes = new Uint32Array(calls.length);
  const { usual } = tables;
  for (let i = 0; i < calls.length; i++) {
    const code = reader.next();
    const row = code === 0 ? usual[calls[i]!] : code === 1 ? known++ : code - 2;
    if (row === undefined || row >= known || row >= tables.outcomes.length) {
      throw malformed(`event ${i} of a block has an outcome that does not exist yet`);
    }
    outcomes[i] = usual[calls[i]!] = row;
  }
  reader.end();
  if (known !== tables.outcomes.length) throw malformed("a block brings outcomes that none of its events has");
  return outcomes;
}

/** Absent values are -1. */
function optionalColumn(bytes: Uint8Array | undefined, count: number, what: string): Float64Array | undefined {
  if (bytes === undefined) return undefined;
  const reader = new ColumnReader(bytes, what);
  const values = new Float64Array(count).fill(-1);
  let last = 0;
  for (let i = 0; i < count; i++) {
    const code = reader.next();
    if (code === 0) continue;
    last += code % 2 === 1 ? (code - 1) / 2 : -code / 2;
    if (last < 0 || last >= COMPACT_INTEGER) throw malformed(`event ${i} of a block has a ${what} beyond 0 … 2^51`);
    values[i] = last;
  }
  reader.end();
  return values;
}

function noteColumn(
  bytes: Uint8Array | undefined,
  calls: Uint32Array,
  tables: EventTables,
  notes: number,
): Uint32Array | undefined {
  if (bytes === undefined) return undefined;
  const reader = new ColumnReader(bytes, "note");
  const noted = new Uint32Array(calls.length);
  const usual = new Map<string, number>();
  for (let i = 0; i < calls.length; i++) {
    const { op } = tables.calls[calls[i]!]!;
    const code = reader.next();
    const note = code === 0 ? (usual.get(op) ?? 0) : code - 1;
    if (note > notes) throw malformed(`event ${i} of a block has note ${note - 1}, which does not exist`);
    usual.set(op, (noted[i] = note));
  }
  reader.end();
  return noted;
}

import type { Value } from "@faultline/mm";
import { ColumnId } from "../format/event-columns.ts";
import { EventHistory, Place } from "../format/event-history.ts";
import {
  COMPACT_INTEGER,
  MAX_BLOCK_EVENTS,
  MAX_GROUP_EVENTS,
  MAX_GROUP_INTEGERS,
  MAX_GROUP_ROWS,
  MAX_TASK,
  MAX_VALUE_TEXT,
} from "../format/limits.ts";
import type { RecordedEvent } from "../format/recorded-event.ts";
import { RunColumn } from "../format/run-column.ts";
import type { TaskRun } from "../format/task-run.ts";
import { TraceError } from "../trace-error.ts";
import { GrowingTable } from "./growing-table.ts";
import { IntegerWriter } from "./integer-writer.ts";
import { PlaceWriter } from "./place-writer.ts";

/** Tables that grew past this begin anew, so that a reader's memory stays small whatever the length of the trace. */
const TABLE_ROWS: number = MAX_GROUP_ROWS / 4;
const TABLE_TEXT: number = 2 ** 20;
const TABLE_EVENTS: number = MAX_GROUP_EVENTS / 2;
const TABLE_INTEGERS: number = MAX_GROUP_INTEGERS / 2;

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
  readonly #history = new EventHistory();
  readonly #tasks = new RunColumn();
  readonly #callColumn = new RunColumn();
  readonly #outcomeColumn = new RunColumn();
  readonly #integerColumn = new RunColumn();
  readonly #integers = new IntegerWriter(this.#history, this.#integerColumn);
  readonly #lines = new PlaceWriter();
  readonly #times = new PlaceWriter();
  /** For each event of the block, the one that it was predicted to repeat. */
  #repeats: number[] = [];
  /** The task of the block's last event. */
  #run: TaskRun | undefined;
  readonly #parts: readonly [[Value], [Value, Value], [Value, Value, Value]] = [
    [null],
    [null, null],
    [null, null, null],
  ];
  /** Characters that the new templates of this block, and of all blocks since the tables began, have. */
  #blockText = 0;
  #tableText = 0;
  #tablesBegin = true;

  /** Events collected since the last block. */
  get count(): number {
    return this.#repeats.length;
  }

  /** Whether another event may be too much for this block. */
  get full(): boolean {
    const { integers } = this.#history;
    return this.count === MAX_BLOCK_EVENTS || this.#blockText > MAX_VALUE_TEXT || integers > TABLE_INTEGERS;
  }

  /** @throws TraceError E_TRACE_VALUE for an event that a trace cannot hold; nothing of it is kept then */
  append(recorded: RecordedEvent): void {
    const { event, status, result, line, time, note } = recorded;
    const { task, op, args, choice } = event;
    requireCount(task, MAX_TASK, "a task number");
    if (line !== undefined) requireCount(line, COMPACT_INTEGER - 1, "a line");
    if (time !== undefined) requireCount(time, COMPACT_INTEGER - 1, "a time");
    const parts = this.#outcomeParts(result, choice, note);
    const knownOutcome = this.#outcomes.find(status, parts, op);
    const knownCall = this.#calls.find(op, args, op);
    const call = knownCall ?? this.#added(this.#calls, op, args);
    const outcome = knownOutcome ?? this.#added(this.#outcomes, status, parts);
    this.#add(task, call, knownCall === undefined, outcome, knownOutcome === undefined);
    this.#lines.push(line);
    this.#times.push(time);
  }

  /** The block of the events collected. There must be some. */
  take(): BuiltBlock {
    const history = this.#history;
    const { count } = this;
    const columns: (readonly [number, ...Uint8Array[]])[] = [
      [ColumnId.task, ...this.#tasks.take()],
      [ColumnId.call, ...this.#callColumn.take()],
      [ColumnId.outcome, ...this.#outcomeColumn.take()],
      [ColumnId.integer, ...this.#integerColumn.take()],
    ];
    const repeats = this.#repeats;
    const from = history.events - count;
    const linePlaces = history.line.subarray(from, history.events);
    const likeBefore = (places: Uint8Array) => (i: number) => (repeats[i]! < 0 ? Place.same : places[repeats[i]!]!);
    const lines = this.#lines.take(likeBefore(history.line), false, linePlaces);
    const likeLine = (i: number): number => linePlaces[i]!;
    const predict = lines === undefined ? likeBefore(history.time) : likeLine;
    const times = this.#times.take(predict, lines !== undefined, history.time.subarray(from, history.events));
    if (lines !== undefined) columns.push([ColumnId.line, ...lines]);
    if (times !== undefined) columns.push([ColumnId.time, ...times]);
    const payload = [this.#calls.take(), this.#outcomes.take(), columns];
    const built = { payload, count, tablesBegin: this.#tablesBegin };
    this.#repeats = [];
    this.#run = undefined;
    this.#blockText = 0;
    this.#tablesBegin = false;
    const rows = Math.max(this.#calls.size, this.#outcomes.size);
    const large = history.events > TABLE_EVENTS || history.integers > TABLE_INTEGERS;
    if (this.#tableText > TABLE_TEXT || rows > TABLE_ROWS || large) this.beginTables();
    return built;
  }

  /** Forgets the tables: what follows can be read without what went before. No events may be waiting. */
  beginTables(): void {
    this.#calls = new GrowingTable();
    this.#outcomes = new GrowingTable();
    this.#history.clear();
    this.#tableText = 0;
    this.#tablesBegin = true;
  }

  /** What an outcome has besides its status: good until the next event. */
  #outcomeParts(result: Value, choice: string | undefined, note: Value | undefined): readonly Value[] {
    const [one, two, three] = this.#parts;
    if (note !== undefined) {
      three[0] = result;
      three[1] = choice ?? null;
      three[2] = note;
      return three;
    }
    if (choice === undefined) {
      one[0] = result;
      return one;
    }
    two[0] = result;
    two[1] = choice;
    return two;
  }

  #added(table: GrowingTable, first: Value, others: readonly Value[]): number {
    this.#blockText += table.text;
    this.#tableText += table.text;
    return table.add(first, others);
  }

  #add(task: number, call: number, newCall: boolean, outcome: number, newOutcome: boolean): void {
    const history = this.#history;
    let run = this.#run;
    if (run?.number === task) this.#tasks.predicted();
    else {
      this.#run = run = history.taskRun(task);
      this.#tasks.other(task);
    }
    history.reserve(run);
    let like = history.predicted(run);
    if (like >= 0 && history.callOf(like) === call) this.#callColumn.predicted();
    else {
      like = history.nearestCall(run, call);
      this.#callColumn.other(newCall ? 0 : call + 1);
    }
    const { integers, count } = this.#calls;
    this.#integers.call(run, call, integers, count, like < 0 ? -1 : history.start[like]!);
    const middle = history.integers;
    let kind: number;
    let from: number;
    if (like >= 0 && history.outcomeOf(like) === outcome) {
      this.#outcomeColumn.predicted();
      kind = history.kind[like]!;
      from = history.middle[like]!;
    } else {
      this.#outcomeColumn.other(newOutcome ? 0 : outcome + 1);
      kind = history.kindOf(call, outcome);
      const last = history.lastOfKind(kind);
      from = last < 0 ? -1 : history.middle[last]!;
    }
    this.#integers.outcome(run, call, kind, this.#outcomes.integers, this.#outcomes.count, from);
    history.add(run, kind, like, middle);
    this.#repeats.push(like);
  }
}

function requireCount(value: number, max: number, what: string): void {
  if (Number.isSafeInteger(value) && value >= 0 && value <= max) return;
  throw new TraceError("E_TRACE_VALUE", `${what} is ${String(value)}: a trace holds whole numbers from 0 to ${max}.`);
}

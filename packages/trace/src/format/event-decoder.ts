import { ColumnId } from "./event-columns.ts";
import type { EventTables } from "./event-tables.ts";
import { differenceOf, relationOf } from "./integer-code.ts";
import { IntegerBases, Relation } from "./integer-bases.ts";
import { COMPACT_CELL, MAX_GROUP_EVENTS, MAX_GROUP_INTEGERS, MAX_TASK } from "./limits.ts";
import type { PackedColumns } from "./packed-columns.ts";
import { RunReader } from "./run-column.ts";
import { malformed } from "./schema.ts";
import type { TaskRun } from "./task-run.ts";
import type { Template } from "./template-table.ts";

/** The templates that a column names: the new ones in order. */
class Names {
  readonly reader: RunReader;
  readonly #templates: readonly Template[];
  #known: number;
  readonly #what: string;

  constructor(reader: RunReader, templates: readonly Template[], known: number, what: string) {
    this.reader = reader;
    this.#templates = templates;
    this.#known = known;
    this.#what = what;
  }

  /** The template of an event that does not have the predicted one. */
  other(): number {
    const code = this.reader.code();
    const template = code === 0 ? this.#known++ : code - 1;
    if (template >= this.#known || template >= this.#templates.length) {
      throw malformed(`an event of a block has ${this.#what} template ${template}, which does not exist yet`);
    }
    return template;
  }

  end(): void {
    this.reader.end();
    if (this.#known !== this.#templates.length)
      throw malformed(`a block brings ${this.#what} templates that none of its events has`);
  }
}

/**
 * Adds the events of a block to the history, without their lines and times.
 * @param known how many templates of each kind there were before the block
 * @param repeats gets, for each event, the one that it was predicted to repeat
 * @throws TraceError
 */
export function decodeEvents(
  tables: EventTables,
  columns: PackedColumns,
  count: number,
  known: { readonly calls: number; readonly outcomes: number },
  repeats: Int32Array,
): void {
  const { history } = tables;
  if (history.events + count > MAX_GROUP_EVENTS)
    throw malformed(`more than ${MAX_GROUP_EVENTS} events share their tables`);
  const callTemplates = tables.calls.templates;
  const outcomeTemplates = tables.outcomes.templates;
  const calls = new Names(columns.required(ColumnId.call, "call"), callTemplates, known.calls, "call");
  const outcomes = new Names(
    columns.required(ColumnId.outcome, "outcome"),
    outcomeTemplates,
    known.outcomes,
    "outcome",
  );
  const tasks = columns.required(ColumnId.task, "task");
  const integers = new Integers(tables, columns.required(ColumnId.integer, "integers"));
  let run: TaskRun | undefined;
  for (let i = 0; i < count; i++) {
    if (tasks.left > 0) tasks.left--;
    else run = history.taskRun(taskOf(tasks.code()));
    if (run === undefined) throw malformed("the first event of a block has no task");
    history.reserve(run);

    let like = history.predicted(run);
    let call: number;
    if (calls.reader.left > 0) {
      calls.reader.left--;
      if (like < 0) throw malformed(`event ${i} of a block has a predicted call, and nothing predicts one`);
      call = history.callOf(like);
    } else {
      call = calls.other();
      like = history.nearestCall(run, call);
    }
    integers.call(run, call, callTemplates[call]!.holes, like < 0 ? -1 : history.start[like]!);

    const middle = history.integers;
    let outcome: number;
    let kind: number;
    let from: number;
    if (outcomes.reader.left > 0) {
      outcomes.reader.left--;
      if (like < 0) throw malformed(`event ${i} of a block has a predicted outcome, and nothing predicts one`);
      outcome = history.outcomeOf(like);
      kind = history.kind[like]!;
      from = history.middle[like]!;
    } else {
      outcome = outcomes.other();
      kind = history.kindOf(call, outcome);
      const last = history.lastOfKind(kind);
      from = last < 0 ? -1 : history.middle[last]!;
    }
    integers.outcome(run, call, kind, outcomeTemplates[outcome]!.holes, from);
    repeats[i] = like;
    history.add(run, kind, like, middle);
    if (history.integers > MAX_GROUP_INTEGERS)
      throw malformed(`events that share their tables have more than ${MAX_GROUP_INTEGERS} integers`);
  }
  tasks.end();
  calls.end();
  outcomes.end();
  integers.end();
}

function taskOf(task: number): number {
  if (task > MAX_TASK) throw malformed(`an event of a block is by task ${task}`);
  return task;
}

/** Reads integers: as those of an earlier event came about, or as their code says. */
class Integers {
  readonly #history: EventTables["history"];
  readonly #bases: IntegerBases;
  readonly #reader: RunReader;

  constructor({ history }: EventTables, reader: RunReader) {
    this.#history = history;
    this.#bases = new IntegerBases(history);
    this.#reader = reader;
  }

  call(run: TaskRun, call: number, holes: number, from: number): void {
    if (holes === 0) return;
    this.#bases.startCall(run, call);
    this.#read(run, holes, from);
  }

  outcome(run: TaskRun, call: number, kind: number, holes: number, from: number): void {
    if (holes === 0) return;
    this.#bases.startOutcome(run, call, kind);
    this.#read(run, holes, from);
  }

  end(): void {
    this.#reader.end();
  }

  #read(run: TaskRun, holes: number, from: number): void {
    const history = this.#history;
    const reader = this.#reader;
    if (from >= 0 && reader.left >= holes) {
      reader.left -= holes;
      this.#repeat(run, holes, from);
      return;
    }
    for (let hole = 0; hole < holes; hole++) {
      let relation: number = Relation.last;
      let difference = 0;
      if (reader.left > 0) {
        reader.left--;
        if (from >= 0) {
          relation = history.relation[from + hole]!;
          difference = history.difference[from + hole]!;
        }
      } else {
        const code = reader.code();
        relation = relationOf(code);
        if (relation > MAX_GROUP_INTEGERS) throw malformed(`an integer is one of ${relation} places back`);
        difference = differenceOf(code);
      }
      const value = this.#bases.of(relation, hole) + difference;
      if (Math.abs(value) >= COMPACT_CELL) throw beyond();
      history.push(run, value, relation, difference);
    }
  }

  /** All as predicted. */
  #repeat(run: TaskRun, holes: number, from: number): void {
    const history = this.#history;
    const { value, relation, difference } = history;
    const { values } = run;
    for (let hole = 0; hole < holes; hole++) {
      const way = relation[from + hole]!;
      const more = difference[from + hole]!;
      const at = run.length - way;
      const integer = (way > 0 && at >= 0 ? values[at]! : this.#bases.of(way, hole)) + more;
      if (Math.abs(integer) >= COMPACT_CELL) throw beyond();
      const next = history.integers++;
      value[next] = integer;
      relation[next] = way;
      difference[next] = more;
      values[run.length++] = integer;
    }
  }
}

function beyond(): Error {
  return malformed("an event holds an integer beyond 2^47 outside of its template");
}

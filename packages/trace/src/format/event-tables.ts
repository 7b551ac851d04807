import { deepFreeze, type Value } from "@faultline/mm";
import { EventHistory } from "./event-history.ts";
import { RowCache } from "./row-cache.ts";
import type { Cell, Row } from "./row-template.ts";
import { malformed } from "./schema.ts";
import { type Template, TemplateTable } from "./template-table.ts";

/** A step and its arguments. Frozen: events that make the same call may share them. */
export interface CallRow {
  readonly op: string;
  readonly args: readonly Value[];
}

/** How a step ended, and what was noted of it. */
export interface OutcomeRow {
  readonly status: "done" | "stopped";
  readonly result: Value;
  readonly choice: string | undefined;
  readonly note: Value | undefined;
}

/** What the blocks of a group share: the templates of calls and outcomes, and the events since the tables began. */
export class EventTables {
  readonly history: EventHistory = new EventHistory();
  calls: TemplateTable = new TemplateTable("calls");
  outcomes: TemplateTable = new TemplateTable("outcomes");
  readonly #callRows = new RowCache(callOf, 1);
  readonly #outcomeRows = new RowCache(outcomeOf, 0);

  /** They begin anew. Blocks that were read with them are not to be used any more. */
  clear(): void {
    this.history.clear();
    this.calls = new TemplateTable("calls");
    this.outcomes = new TemplateTable("outcomes");
    this.#callRows.clear();
    this.#outcomeRows.clear();
  }

  /**
   * Adds the templates that a block brings.
   * @throws TraceError for those that make no call, or no outcome
   */
  grow(calls: unknown, outcomes: unknown): void {
    const [before, outcomesBefore] = [this.calls.templates.length, this.outcomes.templates.length];
    this.calls.grow(calls);
    this.outcomes.grow(outcomes);
    for (const { cells } of this.calls.templates.slice(before)) requireCall(cells);
    for (const { cells } of this.outcomes.templates.slice(outcomesBefore)) requireOutcome(cells);
  }

  /** The call and the outcome of an event of the history. */
  callAt(event: number): CallRow {
    const { value, start } = this.history;
    const number = this.history.callOf(event);
    return this.#callRows.get(this.calls.templates[number]!, number, value, start[event]!);
  }

  outcomeAt(event: number): OutcomeRow {
    const { value, middle } = this.history;
    const number = this.history.outcomeOf(event);
    return this.#outcomeRows.get(this.outcomes.templates[number]!, number, value, middle[event]!);
  }
}

function requireCall([op]: readonly Cell[]): void {
  if (op?.kind !== "value" || typeof op.value !== "string") throw malformed("a call's step is not text");
}

/** Status and result, then a choice or nil, then a note. */
function requireOutcome(cells: readonly Cell[]): void {
  if (cells.length < 2 || cells.length > 4) throw malformed(`an outcome has ${cells.length} parts`);
  const [status, , choice, note] = cells as readonly [Cell, Cell, Cell?, Cell?];
  if (status.kind !== "value" || (status.value !== "done" && status.value !== "stopped")) {
    throw malformed("an outcome is neither done nor stopped");
  }
  if (choice === undefined || choice.kind === "text") return;
  const none = choice.kind === "value" && choice.value === null && note !== undefined;
  if (!none && (choice.kind !== "value" || typeof choice.value !== "string")) throw malformed("a choice is not text");
}

function callOf(args: Row, { cells: [op] }: Template): CallRow {
  return { op: (op as Extract<Cell, { kind: "value" }>).value as string, args: Object.freeze(args) };
}

function outcomeOf([status, result, choice, note]: Row): OutcomeRow {
  return {
    status: status as "done" | "stopped",
    result: result!,
    choice: (choice ?? undefined) as string | undefined,
    note: note === undefined ? undefined : deepFreeze(note),
  };
}

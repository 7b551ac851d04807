import type { Value } from "@faultline/mm";
import { MAX_GROUP_ROWS } from "./limits.ts";
import { RowDecoder } from "./row-decoder.ts";
import type { Row } from "./row-encoder.ts";
import { asText, asTuple, malformed } from "./schema.ts";

/** A step and its arguments. Frozen: every event that makes this call shares them. */
export interface CallRow {
  readonly op: string;
  readonly args: readonly Value[];
}

/** How a step ended. */
export interface OutcomeRow {
  readonly status: "done" | "stopped";
  readonly result: Value;
  readonly choice: string | undefined;
}

/** What the blocks of a group share: calls and outcomes, each stored once, in the block that has it first. */
export class EventTables {
  readonly calls: CallRow[] = [];
  readonly outcomes: OutcomeRow[] = [];
  /** For each call, the outcome it had last. */
  readonly usual: (number | undefined)[] = [];
  readonly #callDecoder = new RowDecoder("calls");
  readonly #outcomeDecoder = new RowDecoder("outcomes");

  /** Adds the new rows of a block with so many events. */
  grow(calls: unknown, outcomes: unknown, events: number): void {
    for (const row of this.#callDecoder.decode(calls, events)) this.calls.push(callOf(row));
    for (const row of this.#outcomeDecoder.decode(outcomes, events)) this.outcomes.push(outcomeOf(row));
    if (Math.max(this.calls.length, this.outcomes.length) > MAX_GROUP_ROWS) {
      throw malformed(`a table has more than ${MAX_GROUP_ROWS} rows`);
    }
  }
}

function callOf(row: Row): CallRow {
  const [op, ...args] = row;
  return { op: asText(op, "a call's step"), args: Object.freeze(args) };
}

function outcomeOf(row: Row): OutcomeRow {
  const [status, result, choice] = asTuple(row, 2, "an outcome");
  if (status !== "done" && status !== "stopped") throw malformed(`an outcome is ${JSON.stringify(status)}`);
  if (row.length > 3) throw malformed(`an outcome has ${row.length} parts`);
  return {
    status,
    result: result as Value,
    choice: choice === undefined ? undefined : asText(choice, "a choice"),
  };
}

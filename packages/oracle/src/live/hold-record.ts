import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parseOperations } from "../list/parse-operations.ts";
import type { Operation } from "../list/operation.ts";
import type { Machine } from "../process/machine.ts";
import { ModelProcess } from "../process/model-process.ts";
import { type Held, holdAgainst } from "../result/hold-against.ts";
import { machineOf } from "../result/machine-of.ts";
import { parseResults } from "../result/parse-results.ts";
import type { ResultLine } from "../result/result-line.ts";
import { RecordError } from "./record-error.ts";

/** How a record compares, and the machine that it was taken to come from. */
export type HeldRecord = Held & { readonly machine: Machine };

/**
 * Holds a list and its recorded results against the model.
 * @param list path of the operations, packed (`.gz`) or not
 * @param results path of the results: one JSON line per operation, and one before it for each child
 * @param machine where the record was made; null: what it tells of that itself
 * @throws OperationError, ResultError, RecordError, ProfileError
 */
export function holdRecord(list: string, results: string, profile: string, machine: Machine | null): HeldRecord {
  const operations = parseOperations(textOf(list));
  const recorded = parseResults(textOf(results));
  checkSame(list, operations, results, recorded);
  const own = recorded.filter(({ child }) => child !== true);
  const made = machine ?? machineOf(operations, own);
  return { ...holdAgainst(new ModelProcess({ profile, machine: made }), operations, recorded), machine: made };
}

/** A list and the results of another say nothing. */
function checkSame(list: string, operations: readonly Operation[], path: string, results: readonly ResultLine[]): void {
  const own = results.filter(({ child }) => child !== true);
  for (const [at, { text, line }] of operations.entries()) {
    const given = own[at];
    if (given === undefined) {
      throw new RecordError(
        `${path} has results of ${own.length} operations, none of line ${line} of ${list}: ${text}`,
      );
    }
    if (given.op.trim() !== text.trim()) {
      throw new RecordError(`${path} has "${given.op}" where line ${line} of ${list} is "${text}": not the same list`);
    }
  }
  if (own.length > operations.length) {
    throw new RecordError(`${path} has results of ${own.length} operations; ${list} has ${operations.length}`);
  }
}

function textOf(path: string): string {
  try {
    const bytes = readFileSync(path);
    return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  } catch (error) {
    throw new RecordError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

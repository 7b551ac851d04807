import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parseOperations } from "../list/parse-operations.ts";
import type { Machine } from "../process/machine.ts";
import { ModelProcess } from "../process/model-process.ts";
import { compareLines, type Difference, REFUSED } from "../result/compare.ts";
import type { ResultLine } from "../result/result-line.ts";
import { RecordError } from "./record-error.ts";

/** How a recorded list compares with the model. */
export interface Held {
  readonly lines: number;
  /** Operations that the recording program would not do. */
  readonly refused: number;
  readonly differences: readonly Difference[];
}

/**
 * Holds a list and its recorded results against the model.
 * @param results one JSON line per operation, and one before it for each child; packed or not
 * @throws OperationError, RecordError, ProfileError
 */
export function holdRecord(list: string, results: string, profile: string, machine: Machine): Held {
  const operations = parseOperations(read(list).toString("utf8"));
  const recorded = resultLines(results);
  const model = new ModelProcess({ profile, machine });
  const differences: Difference[] = [];
  let [at, refused] = [0, 0];
  for (const operation of operations) {
    const given = recorded[at];
    if (given === undefined) {
      throw new RecordError(
        `${results} ends after ${at} lines, before operation ${operation.line} of ${list}: ${operation.text}`,
      );
    }
    if (given.op.trim() !== operation.text.trim()) {
      throw new RecordError(`${results}, line ${at + 1} is of "${given.op}"; ${list} has "${operation.text}" there`);
    }
    if (given.err === REFUSED) {
      refused++;
      at++;
      continue;
    }
    for (const line of model.run(operation)) {
      const kernel = recorded[at++];
      const difference = kernel === undefined ? null : compareLines(kernel, line);
      if (difference !== null) differences.push(difference);
    }
  }
  if (at < recorded.length) throw new RecordError(`${results} has ${recorded.length} lines; ${list} asks for ${at}`);
  return { lines: at, refused, differences };
}

function resultLines(path: string): readonly ResultLine[] {
  const bytes = read(path);
  const text = (path.endsWith(".gz") ? unpacked(path, bytes) : bytes).toString("utf8");
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line, index) => resultLine(path, line, index + 1));
}

function resultLine(path: string, line: string, number: number): ResultLine {
  try {
    const value = JSON.parse(line) as ResultLine | null;
    if (typeof value?.i === "number" && typeof value.op === "string") return value;
  } catch {
    // Said below.
  }
  throw new RecordError(`${path}, line ${number} is no result: ${line.slice(0, 60)}`);
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new RecordError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function unpacked(path: string, bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new RecordError(`${path} cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`);
  }
}

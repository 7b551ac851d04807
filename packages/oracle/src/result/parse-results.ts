import type { ResultLine } from "./result-line.ts";

/** A line of results that is none. */
export class ResultError extends Error {
  override readonly name = "ResultError";
  readonly code = "E_RESULT_LINE";
}

/** The results of a list: one JSON object per line. @throws ResultError for the first line that is none */
export function parseResults(text: string): readonly ResultLine[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line, index) => parseResult(line, index + 1));
}

function parseResult(line: string, number: number): ResultLine {
  const bad = (reason: string): never => {
    throw new ResultError(`line ${number} of the results is no result: ${reason}: ${line.slice(0, 60)}`);
  };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return bad("no JSON");
  }
  if (typeof value !== "object" || value === null) return bad("no object");
  const { i, op } = value as Partial<ResultLine>;
  if (typeof i !== "number" || typeof op !== "string") return bad("it has no i and op");
  return value as ResultLine;
}

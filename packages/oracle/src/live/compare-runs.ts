import { compareLines, type Difference, REFUSED } from "../result/compare.ts";
import type { ResultLine } from "../result/result-line.ts";

/** How two runs of one list compare. */
export interface Comparison {
  /** Results compared, children's among them. */
  readonly lines: number;
  /** The operation, from 0, and what differs there; null where nothing does. */
  readonly first: { readonly at: number; readonly difference: Difference } | null;
  /** The first operation that the kernel's program refused: what comes after it has not been compared. */
  readonly refused: number | null;
}

/**
 * Compares what the kernel gave with what the model gave, operation by operation, up to the first difference.
 * @param results the model's, by operation
 */
export function compareRuns(kernel: readonly ResultLine[], results: readonly (readonly ResultLine[])[]): Comparison {
  let lines = 0;
  for (const [at, own] of results.entries()) {
    for (const line of own) {
      const given = kernel[lines];
      if (given?.err === REFUSED) return { lines, first: null, refused: at };
      const difference =
        given === undefined
          ? { i: at, op: line.op, field: "ret" as const, expected: "no result: the process has ended", got: "a result" }
          : compareLines(given, line);
      if (difference !== null) return { lines, first: { at, difference }, refused: null };
      lines++;
    }
  }
  return { lines, first: null, refused: null };
}

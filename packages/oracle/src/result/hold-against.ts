import type { Operation } from "../list/operation.ts";
import { compareLines, type Difference, REFUSED } from "./compare.ts";
import type { ResultLine } from "./result-line.ts";
import type { Subject } from "./subject.ts";

/** How a subject compares with recorded results. */
export type Held = {
  /** Result lines that were compared. */
  readonly lines: number;
  /** Operations that the oracle refused to run. */
  readonly refused: number;
  readonly differences: readonly Difference[];
};

/** Runs the operations and compares each with the results recorded for it: a child's line, and its own. */
export function holdAgainst(subject: Subject, operations: readonly Operation[], results: readonly ResultLine[]): Held {
  const differences: Difference[] = [];
  let [at, lines, refused] = [0, 0, 0];
  for (const operation of operations) {
    const expected = results.slice(at, at + (results[at]?.child === true ? 2 : 1));
    if (expected.length === 0) break;
    at += expected.length;
    if (expected.at(-1)!.err === REFUSED) {
      refused++;
      continue;
    }
    const got = subject.run(operation);
    for (const [n, one] of expected.entries()) {
      lines++;
      const difference = compareLines(one, got[n] ?? { i: one.i, op: "nothing" });
      if (difference !== null) differences.push(difference);
    }
  }
  return { lines, refused, differences };
}

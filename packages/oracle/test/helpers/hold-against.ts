import {
  compareLines,
  type Difference,
  type Operation,
  REFUSED,
  type ResultLine,
  type Subject,
} from "@faultline/oracle";

/** What became of a list whose results are known. */
export type Held = {
  /** Results that were looked at, those that the recording program refused among them. */
  readonly lines: number;
  readonly refused: number;
  readonly differences: readonly Difference[];
};

/** Runs the operations, and compares what they give with what they gave. What was refused back then is not run at all. */
export function holdAgainst(operations: readonly Operation[], results: readonly ResultLine[], subject: Subject): Held {
  const differences: Difference[] = [];
  let [at, refused] = [0, 0];
  for (const operation of operations) {
    if (results[at]?.err === REFUSED) {
      refused++;
      at++;
      continue;
    }
    for (const got of subject.run(operation)) {
      const expected = results[at++];
      const difference = expected === undefined ? missing(got) : compareLines(expected, got);
      if (difference !== null) differences.push(difference);
    }
  }
  for (const { i, op } of results.slice(at)) {
    differences.push({ i, op, field: "child", expected: "a line", got: "none" });
  }
  return { lines: at, refused, differences };
}

function missing({ i, op }: ResultLine): Difference {
  return { i, op, field: "child", expected: "no line", got: "a line" };
}

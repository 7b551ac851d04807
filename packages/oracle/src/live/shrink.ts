import fc from "fast-check";
import { parseOperation } from "../list/parse-operations.ts";
import { ModelProcess } from "../process/model-process.ts";
import { type Comparison, compareRuns } from "./compare-runs.ts";
import type { LiveKernel } from "./live-kernel.ts";

/** Longest that is looked for a smaller list by fast-check, in milliseconds. */
const PATIENCE = 60_000;

/** Does a list on both. */
export function runBoth(kernel: LiveKernel, lines: readonly string[]): Comparison {
  const model = new ModelProcess({ profile: kernel.profile, machine: kernel.machine });
  return compareRuns(
    kernel.run(lines),
    lines.map((line, at) => model.run(parseOperation(line, at + 1))),
  );
}

/** A list in which kernel and model differ at the end, without what the difference does not need. */
export function shrink(lines: readonly string[], differ: (lines: readonly string[]) => boolean): readonly string[] {
  const list = fc.array(fc.constantFrom(...new Set(lines)), { maxLength: lines.length });
  const details = fc.check(
    fc.property(list, (some) => some.length === 0 || !differ(some)),
    { examples: [[[...lines]]], numRuns: 1, endOnFailure: false, interruptAfterTimeLimit: PATIENCE },
  );
  const smallest = details.counterexample?.[0] ?? lines;
  return dropOneByOne(smallest, differ);
}

/** What is left when no single operation can go. */
function dropOneByOne(lines: readonly string[], differ: (lines: readonly string[]) => boolean): readonly string[] {
  for (let at = lines.length - 1; at >= 0; at--) {
    const fewer = [...lines.slice(0, at), ...lines.slice(at + 1)];
    if (fewer.length > 0 && differ(fewer)) return dropOneByOne(fewer, differ);
  }
  return lines;
}

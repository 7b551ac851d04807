import { countRuns } from "@faultline/interleave";
import { describe, expect, it } from "vitest";
import { byLockModes, largePublished, scalingProgram } from "./scaling-counts.ts";

describe("the scaling scenario has the published numbers", () => {
  it.each(largePublished)("n=$n p=$p: $states states, $classes classes", { timeout: 3_600_000 }, (row) => {
    const { n, p, ...expected } = row;
    const counted = countRuns(scalingProgram({ n, p }), { dependence: byLockModes, maxNodes: 4_000_000 });
    expect({ states: counted.states, nodes: counted.nodes, classes: counted.classes }).toEqual(expected);
  });
});

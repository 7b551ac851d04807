import { countRuns, exploreClasses, plainProgram } from "@faultline/interleave";
import { describe, expect, it } from "vitest";
import { orders, table } from "./table.ts";

describe("one run per class, none blocked, whatever the scheduling order", () => {
  it.each(table)("%s", { timeout: 600_000 }, (_name, program, classes) => {
    for (const order of orders) {
      const { runs, blocked, stopped } = exploreClasses(plainProgram(program), { order });
      expect({ order, runs, blocked, stopped }).toEqual({ order, runs: classes, blocked: 0, stopped: undefined });
    }
  });
});

describe("the count without walking the runs", () => {
  // Where threads hardly ever meet there are too many states to go through.
  const countable = table.filter(([name]) => !/^(filesystem|indexer|lastzero\(1\d\))/.test(name));
  it.each(countable)("%s", { timeout: 600_000 }, (_name, program, classes) => {
    expect(countRuns(plainProgram(program)).classes).toBe(BigInt(classes));
  });
});

import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { coresOf, onCores, someCores } from "../src/bench/pinning.ts";

describe("pinning a process to cores", () => {
  it("reads the kernel's lists", () => {
    expect(coresOf("0-2,5")).toEqual([0, 1, 2, 5]);
    expect(coresOf("7")).toEqual([7]);
    expect(coresOf("")).toEqual([]);
  });

  it("puts taskset before the command, or nothing", () => {
    expect(onCores([1, 3], "node", ["x"])).toEqual(["taskset", ["--cpu-list", "1,3", "node", "x"]]);
    expect(onCores(undefined, "node", ["x"])).toEqual(["node", ["x"]]);
  });

  it("pins to no more cores than there are", () => {
    expect(someCores(1)?.length ?? 1).toBe(1);
    expect(someCores(1000)?.length ?? availableParallelism()).toBe(availableParallelism());
  });
});

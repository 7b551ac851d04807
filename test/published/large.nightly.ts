import { exploreClasses, plainProgram } from "@faultline/interleave";
import { describe, expect, it } from "vitest";
import { large, orders } from "./table.ts";

describe.each(orders)("one run per class, none blocked: %j first", (order) => {
  it.each(large)("%s", { timeout: 3_600_000 }, (_name, program, classes) => {
    const { runs, blocked, stopped } = exploreClasses(plainProgram(program), { order });
    expect({ runs, blocked, stopped }).toEqual({ runs: classes, blocked: 0, stopped: undefined });
  });
});

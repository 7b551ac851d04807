import { ModelProcess } from "@faultline/oracle";
import { describe, expect, test } from "vitest";
import { holdAgainst } from "./helpers/hold-against.ts";
import { KERNELS, recording } from "./helpers/recording.ts";

/** Results per list, refusals included; the same for every kernel. */
const LISTS = [
  ["basic", 2000, 0],
  ["errb", 2000, 2],
  ["err", 106, 0],
  ["merge", 138, 0],
  ["file", 2000, 0],
  ["fork", 1009, 0],
  ["ver", 9, 0],
] as const;

describe.each(KERNELS)("the model process and a recorded %s agree", (kernel) => {
  test.each(LISTS)("on every line of the list %s", (name, lines, refused) => {
    const { operations, results, profile, machine } = recording("fixtures", kernel, name);
    const process = new ModelProcess({ profile, machine });
    expect(holdAgainst(operations, results, process)).toEqual({ lines, refused, differences: [] });
    expect(results).toHaveLength(lines);
  });
});

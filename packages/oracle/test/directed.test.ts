import { holdAgainst } from "@faultline/oracle";
import { describe, expect, test } from "vitest";
import { BROKEN, directedList, KERNELS, machineOf } from "./helpers/directed-list.ts";
import { listsOf } from "./helpers/directed-lists.ts";
import { linesOf } from "./helpers/sections.ts";
import { WatchedProcess } from "./helpers/watched-process.ts";

describe.each(KERNELS)("the model process does as %s did, breaks no rule it keeps, leaves no lock behind", (kernel) => {
  const machine = machineOf(kernel);

  describe.each(listsOf(kernel))("%s", (name) => {
    const { parts, results } = directedList(kernel, name);

    test("has a result for every line", () => {
      expect(parts.reduce((sum, part) => sum + linesOf(part), 0)).toBe(results);
    });

    test.each(parts.map((part) => [part.title, part] as const))("%s", (_title, { operations, results: recorded }) => {
      const process = new WatchedProcess({ profile: kernel, machine });
      const held = holdAgainst(process, operations, recorded);
      expect(held).toEqual({ lines: recorded.length, refused: 0, differences: [] });
      expect(process.wrong.filter((one) => BROKEN[kernel]?.test(one) !== true)).toEqual([]);
    });
  });
});

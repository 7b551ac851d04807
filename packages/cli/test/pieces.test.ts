import { describe, expect, it } from "vitest";
import { bytes, seconds, whole } from "../src/command-line/arguments.ts";
import { describeError } from "../src/command-line/cli-error.ts";
import { forBisectRun } from "../src/command-line/exit-code.ts";
import { lastChange, otherSideOf } from "../src/run/other-side.ts";
import type { Row } from "../src/run/row.ts";
import { randomScheduler } from "../src/run/scheduler.ts";
import { nearest } from "../src/scenario/nearest.ts";
import { findingNames } from "../src/trace/finding-names.ts";

describe("options", () => {
  it("take whole numbers, seconds and sizes", () => {
    expect([whole(1)("12"), seconds("0.5"), bytes("512M"), bytes("2 GiB"), bytes("100")]).toEqual([
      12,
      0.5,
      512 * 2 ** 20,
      2 ** 31,
      100,
    ]);
    for (const wrong of ["", "x", "-1", "0", "1.5", "1e3"]) expect(() => whole(1)(wrong)).toThrow();
    for (const wrong of ["", "x", "-1", "0", "Infinity"]) expect(() => seconds(wrong)).toThrow();
    for (const wrong of ["", "M", "0", "1T", "1.5G"]) expect(() => bytes(wrong)).toThrow();
  });
});

it("tells git bisect run to skip what says nothing", () => {
  expect(([0, 1, 2, 3] as const).map(forBisectRun)).toEqual([0, 1, 125, 125]);
});

it("keeps the codes of errors that have one, and owns up to the others", () => {
  expect(describeError(Object.assign(new Error("no"), { code: "E_TRACE_READ" }))).toEqual({
    code: "E_TRACE_READ",
    message: "no",
  });
  expect(describeError(new Error("no")).code).toBe("E_INTERNAL");
  expect(describeError("no").code).toBe("E_INTERNAL");
});

describe("nearest", () => {
  const names = ["G02", "G03", "binder-shrink-downgraded-munmap"];
  it.each([
    ["G2", "G02"],
    ["g02", "G02"],
    ["downgraded", "binder-shrink-downgraded-munmap"],
    ["binder-shrnk-downgraded-munmap", "binder-shrink-downgraded-munmap"],
    ["something else", undefined],
  ])("%s: %s", (typed, found) => {
    expect(nearest(typed, names)).toBe(found);
  });
});

describe("findingNames", () => {
  const finding = (rule: string, op: string): never => ({ violation: { rule: { name: rule }, op } }) as never;

  it("adds the step where findings share a rule, and a number where that is not enough", () => {
    const findings = [finding("A", "x"), finding("B", "x"), finding("B", "y"), finding("B", "y")];
    expect(findingNames("S", "v", findings, new Set())).toEqual(["S-v-A", "S-v-B-x", "S-v-B-y", "S-v-B-y-2"]);
  });

  it("takes no name twice in one run of the command", () => {
    const used = new Set<string>();
    expect(findingNames("it", "only", [finding("A", "x")], used)).toEqual(["it-only-A"]);
    expect(findingNames("it", "only", [finding("A", "x")], used)).toEqual(["it-only-A-2"]);
  });

  it("makes no path out of a variant's name", () => {
    expect(findingNames("it", "../../etc", [finding("A", "x")], new Set())).toEqual(["it-__.._etc-A"]);
  });
});

describe("randomScheduler", () => {
  it("gives the same run for the same seed on every machine", () => {
    const draw = (seed: number): (number | undefined)[] => {
      const scheduler = randomScheduler(seed);
      return Array.from({ length: 12 }, () => scheduler.nextTask([1, 2, 3], new Map()));
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(new Set(draw(1))).toEqual(new Set([1, 2, 3]));
  });
});

describe("the other side", () => {
  const row = (number: number, task: number, reads: string[], changed: string[]): Row =>
    ({
      number,
      event: { task, op: "step", args: [] },
      changes: changed.map((key) => ({ ref: { key }, before: 0, after: 1 })),
      reads: new Set(reads),
      writes: new Set(changed),
    }) as unknown as Row;
  const rows = [row(0, 2, [], ["a"]), row(1, 2, [], ["a", "b"]), row(2, 1, ["a"], ["a"]), row(3, 1, ["a", "c"], [])];

  it("is the last step of another task that changed what the violating step read", () => {
    expect(otherSideOf(rows, 3)).toMatchObject({ row: { number: 1 }, components: ["a"] });
    expect(otherSideOf(rows, 0)).toBeUndefined();
  });

  it("is, at the end of a run, whoever touched the object last", () => {
    expect(lastChange(rows, new Set(["b"]))).toMatchObject({ row: { number: 1 } });
  });
});

import { describe, expect, it } from "vitest";
import { cellsFor, nameOf } from "../src/bench/cells.ts";
import { factorOf } from "../src/bench/growth.ts";

describe("the cost of growth", () => {
  it("is the base of an exact power", () => {
    expect(factorOf([3, 4, 5, 8].map((n) => [n, 0.002 * 6.5 ** n]))).toBe(6.5);
  });

  it("weighs measurements that are off both ways evenly", () => {
    const points = [3, 4, 5, 6].map((n, i): [number, number] => [n, 2 ** n * (i === 0 || i === 3 ? 1.1 : 1 / 1.1)]);
    expect(factorOf(points)).toBeCloseTo(2, 1);
  });

  it.each([
    [[]],
    [[[3, 1]]],
    [
      [
        [3, 0],
        [4, 1],
      ],
    ],
    [
      [
        [3, 1],
        [3, 2],
      ],
    ],
  ] as [number, number][][][])("is not there for %j", (points) => {
    expect(factorOf(points)).toBeNull();
  });
});

describe("the cells of a table", () => {
  it("are N=1..5, P=1..3, both locks, and N=6..8 for growth", () => {
    const cells = cellsFor({ reductions: true });
    expect(cells).toHaveLength(2 * (15 + 3));
    expect(new Set(cells.map(nameOf)).size).toBe(cells.length);
  });

  it("are one where one is picked", () => {
    expect(cellsFor({ n: 5, p: 3, vmaLock: true, reductions: true }).map(nameOf)).toEqual(["N=5 P=3, VMA lock"]);
    expect(cellsFor({ n: 7, p: 2, reductions: false }).map(nameOf)).toEqual(["N=7 P=2, no reduction"]);
  });
});

import { word } from "@faultline/mm";
import { describe, expect, it } from "vitest";
import { renderColumns } from "../src/render/columns.ts";
import { namesFrom } from "../src/render/names.ts";
import { plain } from "../src/render/style.ts";
import type { Row } from "../src/run/row.ts";

function row(number: number, task: number, value: number): Row {
  const ref = word.of("x") as never;
  return {
    number,
    event: { task, op: "write_once", args: ["x", value] },
    outcome: { status: "done", result: null },
    changes: [{ ref, before: value - 1, after: value }],
    violations: [],
    reads: new Set(),
    writes: new Set(["word:x"]),
  };
}

const rows = [row(0, 1, 1), row(1, 2, 2), row(2, 2, 3), row(3, 3, 4)];
const nameOf = namesFrom(["setup", "one", "two", "three"]);

describe("renderColumns", () => {
  it("gives every thread a column, switches a row, and marks what it is told to", () => {
    const marks = new Map([[2, ["breaks RULE"]]]);
    const run = { tasks: [1, 2, 3], nameOf, rows, marks, width: 106, style: plain };
    expect(renderColumns(run).join("\n")).toBe(
      [
        "      one                               two                               three",
        "      ────────────────────────────────  ────────────────────────────────  ────────────────────────────────",
        "   0  write_once(x, 1)",
        "        word:x 0 → 1",
        "      -- switch --",
        "   1                                    write_once(x, 2)",
        "                                          word:x 1 → 2",
        ">  2                                    write_once(x, 3)",
        "                                          word:x 2 → 3",
        "                                        ^ breaks RULE",
        "                                        -- switch --",
        "   3                                                                      write_once(x, 4)",
        "                                                                            word:x 3 → 4",
      ].join("\n"),
    );
  });

  it("uses one column with names where there is no room for one each", () => {
    const run = { tasks: [1, 2, 3], nameOf, rows: rows.slice(0, 2), marks: new Map(), width: 80, style: plain };
    expect(renderColumns(run)).toEqual([
      "   0  one    write_once(x, 1)",
      "               word:x 0 → 1",
      "      -- switch --",
      "   1  two    write_once(x, 2)",
      "               word:x 1 → 2",
    ]);
  });

  it("keeps within the width", () => {
    for (const width of [40, 72, 100, 130]) {
      const lines = renderColumns({ tasks: [1, 2, 3], nameOf, rows, marks: new Map(), width, style: plain });
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    }
  });

  it("draws an empty run", () => {
    expect(renderColumns({ tasks: [1], nameOf, rows: [], marks: new Map(), width: 60, style: plain })).toHaveLength(2);
  });
});

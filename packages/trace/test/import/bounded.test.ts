import { expect, test } from "vitest";
import { importFtraceLines } from "../../src/index.ts";
import { capture } from "./helpers/captures.ts";

// Steps of the model that a line of a capture comes to at most, by a wide margin: beyond them the import would not end.
const STEPS_A_LINE = 200;

function importBounded(lines: readonly string[]): ReturnType<typeof importFtraceLines> {
  let steps = 0;
  return importFtraceLines(lines, {
    profile: "linux-6.18",
    onEvent: () => {
      if (++steps > STEPS_A_LINE * lines.length)
        throw new Error(`no end after ${steps} steps of ${lines.length} lines`);
    },
  });
}

test("a capture that lost events ends from whichever line it is read, and is what the model does", () => {
  const lines = capture("trace_pipe-lost");
  for (let from = 1; from < lines.length; from += 13) {
    expect(importBounded(lines.slice(from)).divergences, `from line ${from + 1}`).toEqual([]);
  }
});

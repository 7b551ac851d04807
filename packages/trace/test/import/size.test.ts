import { expect, test } from "vitest";
import { importFtraceLines, MemorySink, Recorder } from "../../src/index.ts";
import { capture } from "./helpers/captures.ts";

test("a recorded capture takes few bytes for each of its lines", () => {
  const lines = capture("race-counter");
  const sink = new MemorySink();
  let recorder: Recorder | undefined;
  importFtraceLines(lines, {
    onStart: (initial) => {
      recorder = new Recorder(sink, { producer: "test", meta: {} }, initial, { keyframeEvents: 8192 });
    },
    onEvent: (event, transition, line, time, inferred) => {
      recorder!.record(event, transition, inferred ? { line, time, note: "inferred" } : { line, time });
    },
  });
  recorder!.finish();
  const each = sink.bytes().length / lines.length;
  console.log(`${each.toFixed(2)} bytes a line`);
  expect(each).toBeLessThan(6);
});

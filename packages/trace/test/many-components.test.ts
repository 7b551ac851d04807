import { component, createMachine, Snapshot, step } from "@faultline/mm";
import { expect, test } from "vitest";
import { decodeTrace, MemorySink, replay, TraceWriter } from "../src/index.ts";

// A file of its own: what a process has named, it has named for good.
test("a small file that names new components without end is refused, not followed until memory is full", () => {
  const cell = component<number>("test/cell:#", 0);
  const fill = step("fill", (tx, name: number) => {
    tx.write(cell.of(name), 1);
  });
  const sink = new MemorySink();
  const writer = new TraceWriter(sink, { producer: "test", meta: {} }, Snapshot.empty, { keyframeEvents: 1e9 });
  const events = 2 ** 20 + 1;
  for (let i = 0; i < events; i++) {
    writer.append({ event: { task: 1, op: "fill", args: [i] }, status: "done", result: null });
  }
  writer.flush();
  expect(sink.bytes().length).toBeLessThan(200_000);
  const result = replay(decodeTrace(sink.bytes()), createMachine({ steps: [fill] }));
  expect(result.verdict).toBe("diverged");
  expect(result.divergence?.reason).toMatch(/there are 1048576 components already/);
});

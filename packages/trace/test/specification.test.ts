import { Snapshot } from "@faultline/mm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checksum } from "../src/format/checksum.ts";
import { decodeTrace, MemorySink, recordRun, TraceWriter } from "../src/index.ts";
import { readBySpec } from "./helpers/spec-reader.ts";
import { anyRun, machine } from "./helpers/tiny-machine.ts";

test("a reader written from the specification alone reads the same", () => {
  fc.assert(
    fc.property(anyRun, fc.integer({ min: 1, max: 30 }), (run, size) => {
      const { bytes } = recordRun(machine, Snapshot.empty, run, {
        blockEvents: size,
        keyframeEvents: 2 * size,
        meta: { scenario: "s", threads: ["setup", "a"] },
      });
      const trace = decodeTrace(bytes);
      const read = readBySpec(Buffer.from(bytes));
      expect(read.meta).toEqual(trace.info.meta);
      expect(read.finalHash).toBe(trace.finalHash);
      expect(read.footerEvents).toBe(run.length);
      expect([...read.keyframes].map(([at, { hash, state }]) => [at, { hash, plain: state }])).toEqual(
        trace.keyframes.slice(1).map((at) => [at, trace.storedState(at)]),
      );
      expect(read.events.map(({ task, call, outcome }) => [task, call, outcome])).toEqual(
        [...trace.recorded()].map(({ event, status, result }) => [
          event.task,
          [event.op, ...event.args],
          event.choice === undefined ? [status, result] : [status, result, event.choice],
        ]),
      );
    }),
    { numRuns: 60 },
  );
});

test("so it does for lines, times and notes", () => {
  const sink = new MemorySink();
  const writer = new TraceWriter(sink, { producer: "p", meta: {} }, Snapshot.empty, { blockEvents: 4 });
  const plain = { event: { task: 1, op: "x", args: [] }, status: "done", result: null } as const;
  const remarks = [{}, { line: 9, time: 5 }, { line: 3 }, { note: { a: 1 } }, {}, { time: 2 ** 50 }, { time: 7 }];
  for (const remark of remarks) writer.append({ ...plain, ...remark });
  writer.finish(Snapshot.empty);
  expect(readBySpec(Buffer.from(sink.bytes())).events).toEqual(
    remarks.map((remark) => ({
      task: 1,
      call: ["x"],
      outcome: ["done", null],
      line: undefined,
      time: undefined,
      note: undefined,
      ...remark,
    })),
  );
});

test("sums are SHA-256's first 8 bytes, by the vectors of FIPS 180-4", () => {
  const vectors: [string, string][] = [
    ["", "e3b0c44298fc1c14"],
    ["abc", "ba7816bf8f01cfea"],
    ["abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8"],
  ];
  for (const [text, sum] of vectors) {
    expect(Buffer.from(checksum(Buffer.from(text))).toString("hex")).toBe(sum);
  }
});

import { kernelMachine } from "@faultline/mm";
import { expect, test } from "vitest";
import { decodeTrace, IGNORED, importFtraceLines, MemorySink, Recorder, replay } from "../../src/index.ts";
import { capture, type CaptureName, truthOf } from "./helpers/captures.ts";

// A program of several threads on linux-6.18, with what it saw of itself after each phase and all that it did. Its pages
// are in one window, of which everything must be known.
const captures: readonly [name: CaptureName, phases: number, ops: number, silent: number][] = [
  ["seq-mono", 28, 52, 1],
  ["race-counter", 6, 318, 134],
  ["madv-counter", 6, 305, 102],
  ["fork-counter", 6, 74, 3],
  ["reclaim-mono", 7, 31, 61],
  ["race-tracecmd", 6, 234, 128],
];

for (const [name, phases, ops, silent] of captures) {
  test(`${name} is what the model does, phase by phase and line by line of what the program did`, () => {
    const lines = capture(name);
    const truth = truthOf(name);
    const result = importFtraceLines(lines, { truth });
    expect(result.divergences).toEqual([]);
    expect(result.unknownLines).toEqual([]);
    expect(result).toMatchObject({ unknown: 0, lost: 0, skipped: 0, ops: "match", profile: "linux-6.18.19" });
    expect(Object.keys(result.ignoredKinds).filter((kind) => !IGNORED.has(kind))).toEqual([]);
    expect(result.phases).toHaveLength(phases);
    for (const { vmas, pages, uncertain } of result.phases) {
      expect({ vmas, pages }).toEqual({ vmas: "match", pages: "match" });
      expect(uncertain).toEqual([]);
    }
    // Every line of the program's own list: shown, or an access to a page that was there.
    expect(result.truthOps).toEqual({ compared: ops, silent, lost: 0 });
    expect(ops + silent).toBe(truth.ops.length);
    expect(result.adoptedEdges).toBe(0);

    const count = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;
    expect(result.compared.locks + count(/success=false/)).toBe(count(/mmap_lock_(acquire_returned|released)/));
    expect(result.compared.failedTrylocks).toBe(count(/success=false/));
    expect(result.compared.bitmaps).toBe(phases);
    // What is not followed are calls outside of the window, of which the trace does not tell all.
    expect(result.compared.syscalls).toBeGreaterThan(count(/sys_(m\w+ ->|exit_m)/) * 0.9);
  });

  test(`what ${name} gave rise to replays by itself`, () => {
    const sink = new MemorySink();
    let recorder: Recorder | undefined;
    importFtraceLines(capture(name), {
      onStart: (initial) => {
        recorder = new Recorder(sink, { producer: "test", meta: {} }, initial);
      },
      onEvent: (event, transition, line, time) => {
        recorder!.record(event, transition, { line, time });
      },
    });
    recorder!.finish();
    expect(replay(decodeTrace(sink.bytes()), kernelMachine)).toMatchObject({ verdict: "verified", violations: [] });
  });
}

test("a capture whose head was overwritten: what all CPUs tell of, and the phases after the first that is left", () => {
  const result = importFtraceLines(capture("overrun-mono"), { truth: truthOf("overrun-mono") });
  expect(result.divergences).toEqual([]);
  expect(result).toMatchObject({ unknown: 0, lost: 1, lostEvents: 3_944, skipped: 102, ops: "match" });
  expect(result.phases.map(({ phase, vmas, pages }) => [phase, vmas, pages])).toEqual([
    ["4 parked", "unknown", "unknown"],
    ["5 end", "match", "match"],
  ]);
  expect(result.truthOps).toEqual({ compared: 110, silent: 40, lost: 932 });
});

test("a pipe that lost events says how many, and goes on", () => {
  const result = importFtraceLines(capture("trace_pipe-lost"));
  expect(result.divergences).toEqual([]);
  expect(result).toMatchObject({ unknown: 0, lost: 2, lostEvents: 6_631, ops: "match" });
  expect(result.compared.locks).toBeGreaterThan(400);
});

test("strace: the calls, and the VMAs that are left", () => {
  const truth = truthOf("race-strace");
  const result = importFtraceLines(capture("race-strace"), { truth });
  expect(result.divergences).toEqual([]);
  expect(result).toMatchObject({ unknown: 0, ops: "match", truthOps: { compared: 185, silent: 177, lost: 0 } });
  expect(185 + 177).toBe(truth.ops.length);
  expect(result.phases.map(({ phase, vmas, pages }) => [phase, vmas, pages])).toEqual([["5", "match", "unknown"]]);
  expect(result.compared.syscalls).toBeGreaterThan(60);
});

const full = process.env["FAULTLINE_FULL"] === "1";

test("half a million events (FAULTLINE_FULL=1; else the first 60,000 lines)", { timeout: 300_000 }, () => {
  const all = capture("big-mono");
  const lines = full ? all : all.slice(0, 60_000);
  const result = importFtraceLines(lines);
  expect(result.divergences).toEqual([]);
  expect(result).toMatchObject({ lines: lines.length, unknown: 0, lost: 0, ops: "match" });
  const count = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;
  expect(result.compared.failedTrylocks).toBe(count(/success=false/));
  expect(result.compared.syscalls).toBeGreaterThan(count(/sys_m\w+ ->/) - 4);
  expect(result.adoptedEdges).toBeLessThan(30);
});

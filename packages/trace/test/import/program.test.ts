import { kernelMachine } from "@faultline/mm";
import { expect, test } from "vitest";
import { decodeTrace, IGNORED, importFtraceLines, MemorySink, Recorder, replay } from "../../src/index.ts";
import { capture, type CaptureName, truthOf } from "./helpers/captures.ts";

type Unjudged = Readonly<Record<string, number>>;

const BRK = "not modelled: brk";
const PLACE = "the kernel chose the address";
const MEMORY = "it looks at memory that the trace has not shown";

/** A line on which a system call returns. */
const RETURN = /: sys_(?:\w+ -> |exit_\w+: +)0x/;

function sum(counts: Unjudged): number {
  return Object.values(counts).reduce((all, one) => all + one, 0);
}

// A program of several threads on linux-6.18, with what it saw of itself after each phase and all that it did. Its pages
// are in one window, of which everything must be known.
const captures: readonly [name: CaptureName, phases: number, ops: number, silent: number, unjudged: Unjudged][] = [
  ["seq-mono", 28, 52, 1, { [BRK]: 2, [MEMORY]: 1 }],
  ["race-counter", 6, 318, 134, { [BRK]: 2, [PLACE]: 3 }],
  ["madv-counter", 6, 305, 102, { [BRK]: 2, [PLACE]: 3 }],
  ["fork-counter", 6, 74, 3, { [BRK]: 2, [PLACE]: 2, [MEMORY]: 3 }],
  ["reclaim-mono", 7, 31, 61, { [BRK]: 2 }],
  ["race-tracecmd", 6, 234, 128, { [BRK]: 2, [PLACE]: 3 }],
];

for (const [name, phases, ops, silent, unjudged] of captures) {
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
    // What is not judged are calls outside of the window, of which the trace does not tell all; nothing is passed over.
    expect(result.unjudged).toEqual(unjudged);
    expect(result.compared.syscalls + sum(unjudged)).toBe(count(RETURN));
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
  expect(result.unjudged).toEqual({ [MEMORY]: 36, "its beginning is not in the trace": 1 });
  expect(result).toMatchObject({ adoptedEdges: 0, compared: { syscalls: 2 } });
});

test("a pipe that lost events says how many, and goes on", () => {
  const result = importFtraceLines(capture("trace_pipe-lost"));
  expect(result.divergences).toEqual([]);
  expect(result).toMatchObject({ unknown: 0, lost: 2, lostEvents: 6_631, ops: "match" });
  expect(result.compared.locks).toBeGreaterThan(400);
  expect(result.unjudged).toEqual({ "its address space is not followed": 33 });
});

test("strace: the calls, and the VMAs that are left", () => {
  const truth = truthOf("race-strace");
  const result = importFtraceLines(capture("race-strace"), { truth });
  expect(result.divergences).toEqual([]);
  expect(result).toMatchObject({ unknown: 0, ops: "match", truthOps: { compared: 185, silent: 177, lost: 0 } });
  expect(185 + 177).toBe(truth.ops.length);
  expect(result.phases.map(({ phase, vmas, pages }) => [phase, vmas, pages])).toEqual([["5", "match", "unknown"]]);
  expect(result.compared.syscalls).toBe(67);
  expect(result.unjudged).toEqual({ [PLACE]: 12, [BRK]: 3, [MEMORY]: 2 });
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
  expect(result.unjudged).toEqual({ [BRK]: 2, [PLACE]: 3 });
  expect(result.compared.syscalls).toBe(count(RETURN) - 5);
  expect(result.adoptedEdges).toBe(0);
});

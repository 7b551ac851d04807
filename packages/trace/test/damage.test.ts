import { Snapshot } from "@faultline/mm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeTrace, type RecordedEvent, recordRun, replay, type Trace, TraceError } from "../src/index.ts";
import { memorySource } from "../src/read/byte-source.ts";
import { openSource } from "../src/read/open-trace.ts";
import { joined, pieces } from "./helpers/surgery.ts";
import { anyRun, machine, plainRun } from "./helpers/tiny-machine.ts";

const many = { blockEvents: 6, keyframeEvents: 11 };
const original = recordRun(machine, Snapshot.empty, plainRun(40), many);
const events = [...decodeTrace(original.bytes).recorded()];

/** Both doors: the one that walks the bytes, and the one that trusts a sound index. */
const doors: readonly ((bytes: Uint8Array) => Trace)[] = [decodeTrace, (bytes) => openSource(memorySource(bytes))];

type Found = "error" | "verified" | "truncated" | "diverged" | "corrupt";

/** What damaged bytes give. Fails when it is anything but an error, or a prefix of what was written. */
function attemptReplay(open: (bytes: Uint8Array) => Trace, bytes: Uint8Array, truth: readonly RecordedEvent[]): Found {
  try {
    const trace = open(bytes);
    const result = replay(trace, machine);
    expect([...trace.recorded(0, result.events)]).toEqual(truth.slice(0, result.events));
    if (result.verdict === "verified") expect(result.events).toBe(truth.length);
    if (result.verdict === "truncated") expect(result.events).toBe(trace.events);
    return result.verdict;
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    expect(error.message.length).toBeGreaterThan(40);
    return "error";
  }
}

test("a file cut at any byte gives its whole blocks, and says so", () => {
  const counts = new Map<string, number>();
  for (let length = 0; length < original.bytes.length; length++) {
    for (const open of doors) {
      const found = attemptReplay(open, original.bytes.slice(0, length), events);
      expect(["error", "truncated"]).toContain(found);
      counts.set(found, (counts.get(found) ?? 0) + 1);
    }
  }
  // Only what is cut before the end of the header is of no use at all.
  const header = joined(pieces(original.bytes).preamble, pieces(original.bytes).blocks[0]!).length;
  expect(counts.get("error")).toBe(2 * header);
});

test("the number of whole events grows with the bytes", () => {
  let last = 0;
  const { preamble, blocks } = pieces(original.bytes);
  for (let cut = preamble.length + blocks[0]!.length; cut < original.bytes.length; cut++) {
    const trace = decodeTrace(original.bytes.subarray(0, cut));
    expect(trace.events).toBeGreaterThanOrEqual(last);
    expect(trace.truncation).toMatchObject({ code: "E_TRACE_TRUNCATED" });
    last = trace.events;
  }
  expect(last).toBe(events.length);
});

test("no flipped byte goes unnoticed", () => {
  const counts = new Map<string, number>();
  for (let at = 0; at < original.bytes.length; at++) {
    for (const flip of [0x01, 0x80, 0xff]) {
      const bytes = Uint8Array.from(original.bytes);
      bytes[at]! ^= flip;
      for (const open of doors) {
        const found = attemptReplay(open, bytes, events);
        counts.set(found, (counts.get(found) ?? 0) + 1);
      }
    }
  }
  // The minor version is covered by the first block's sum, and the end mark by its own check: nothing is verified.
  expect(counts.get("verified") ?? 0).toBe(0);
  expect(counts.get("diverged") ?? 0).toBe(0);
});

test("blocks swapped, repeated, left out or taken from another trace are found", () => {
  const other = pieces(recordRun(machine, Snapshot.empty, plainRun(41).slice(1), many).bytes);
  const { preamble, blocks, end } = pieces(original.bytes);
  for (let i = 0; i < blocks.length; i++) {
    const variants: Uint8Array[][] = [
      blocks.toSpliced(i, 0, blocks[i]!),
      blocks.toSpliced(i, 1),
      ...blocks.map((_, j) => blocks.with(i, blocks[j]!).with(j, blocks[i]!)).filter((_, j) => j !== i),
      ...other.blocks.map((foreign) => blocks.with(i, foreign)),
    ];
    for (const variant of variants) {
      const bytes = joined(preamble, ...variant, end);
      if (Buffer.compare(bytes, original.bytes) === 0) continue;
      for (const open of doors) expect(attemptReplay(open, bytes, events)).not.toBe("verified");
    }
  }
});

test("two traces in one file are not taken for one", () => {
  for (const open of doors) {
    expect(() => open(joined(original.bytes, original.bytes))).toThrow(TraceError);
    expect(() => open(joined(original.bytes, Uint8Array.of(10)))).toThrow(TraceError);
  }
});

test("any run, damaged anyhow: an error or a prefix", () => {
  fc.assert(
    fc.property(anyRun, fc.infiniteStream(fc.nat()), fc.integer({ min: 1, max: 4 }), (run, numbers, times) => {
      const { bytes } = recordRun(machine, Snapshot.empty, run, many);
      const truth = [...decodeTrace(bytes).recorded()];
      const next = (below: number): number => (numbers.next().value as number) % below;
      let damaged = Uint8Array.from(bytes);
      for (let i = 0; i < times; i++) {
        const at = next(damaged.length || 1);
        const kind = next(4);
        if (kind === 0) damaged[at]! ^= 1 + next(255);
        else if (kind === 1) damaged = damaged.slice(0, at);
        else if (kind === 2)
          damaged = Uint8Array.from(joined(damaged.subarray(0, at), damaged.subarray(at + 1 + next(9))));
        else damaged = Uint8Array.from(joined(damaged.subarray(0, at), bytes.subarray(next(bytes.length))));
      }
      for (const open of doors) attemptReplay(open, damaged, truth);
    }),
    { numRuns: 300 },
  );
});

test("bytes that are no trace at all are refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      for (const open of doors) expect(() => open(bytes)).toThrow(TraceError);
    }),
  );
  const cases: [string, RegExp][] = [
    ["", /empty/],
    ["# tracer: nop\n#\n", /looks like text.*faultline import/],
    ["\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x00", /gzip/],
    ["\0\0\0\0\0\0\0\0\0\0", /zeros/],
  ];
  for (const [text, message] of cases) expect(() => decodeTrace(Buffer.from(text, "latin1"))).toThrow(message);
});

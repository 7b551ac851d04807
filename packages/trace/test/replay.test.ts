import { component, createMachine, Snapshot, step, stateHash } from "@faultline/mm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeTrace, MemorySink, recordRun, replay, type RecordedEvent, TraceWriter } from "../src/index.ts";
import { digestOf } from "../src/format/state-digest.ts";
import { anyRun, forgetfulMachine, machine, plainRun } from "./helpers/tiny-machine.ts";

const tight = { blockEvents: 4, keyframeEvents: 6 };

/** A trace of events as they are, true or not. */
function written(events: readonly RecordedEvent[]): Uint8Array {
  const sink = new MemorySink();
  const writer = new TraceWriter(sink, { producer: "test", meta: {} }, Snapshot.empty);
  for (const event of events) writer.append(event);
  writer.finish(Snapshot.empty);
  return sink.bytes();
}

const lock = (task: number, name = 0): RecordedEvent => ({
  event: { task, op: "lock", args: [name] },
  status: "done",
  result: null,
});

test("the hash is mm's", () => {
  fc.assert(
    fc.property(anyRun, (events) => {
      const { final } = recordRun(machine, Snapshot.empty, events);
      expect(digestOf(final)).toBe(stateHash(final));
    }),
    { numRuns: 30 },
  );
});

test("any part of a run replays to the state it had there", () => {
  fc.assert(
    fc.property(anyRun, fc.nat(), fc.nat(), (events, a, b) => {
      const trace = decodeTrace(recordRun(machine, Snapshot.empty, events, tight).bytes);
      const from = a % (events.length + 1);
      const to = from + (b % (events.length - from + 1));
      const part = replay(trace, machine, { from, to });
      const whole = recordRun(machine, Snapshot.empty, events.slice(0, to)).final;
      expect(part).toMatchObject({ verdict: "verified", events: to - from, stateHash: stateHash(whole) });
    }),
  );
});

test("a changed result is a divergence that names both", () => {
  const events = [...decodeTrace(recordRun(machine, Snapshot.empty, plainRun(20)).bytes).recorded()];
  const at = events.findIndex(({ event }) => event.op === "count");
  const lie = { ...events[at]!, result: 77, line: 12 };
  const result = replay(decodeTrace(written(events.with(at, lie))), machine);
  expect(result).toMatchObject({
    verdict: "diverged",
    events: at,
    divergence: {
      event: at,
      since: at,
      op: "count",
      task: lie.event.task,
      line: 12,
      recorded: { status: "done", result: 77 },
      computed: { status: "done", result: 1 },
      components: [],
    },
  });
});

test.each<[string, RecordedEvent[], RegExp]>([
  ["an unknown step", [{ ...lock(1), event: { task: 1, op: "nonsense", args: [] } }], /no step is called nonsense/],
  ["arguments of no use", [{ ...lock(1), event: { task: 1, op: "lock", args: ["x"] } }], /a lock has a number/],
  ["a step that would wait", [lock(1), lock(2)], /has to wait/],
  [
    "a choice where there is none",
    [{ ...lock(1), event: { ...lock(1).event, choice: "x" } }],
    /cannot take the choice/,
  ],
  [
    "a choice that is not on offer",
    [{ event: { task: 1, op: "fault", args: [0], choice: "x" }, status: "done", result: 1 }],
    /has map, retry/,
  ],
  ["an end that does not come", [{ ...lock(1), status: "stopped" }], /is done, and in the recording it was stopped/],
])("%s is a divergence, not an exception", (_, events, reason) => {
  const result = replay(decodeTrace(written(events)), machine);
  expect(result.verdict).toBe("diverged");
  expect(result.divergence?.event).toBe(events.length - 1);
  expect(result.divergence?.reason).toMatch(reason);
});

test("a state that differs is found at the next keyframe, with its components", () => {
  const run = [
    { task: 1, op: "fault", args: [0x1000], choice: "map" },
    { task: 1, op: "zap", args: [0x1000] },
    { task: 1, op: "count", args: [0, 1] },
    { task: 1, op: "count", args: [0, 1] },
  ];
  const { bytes } = recordRun(machine, Snapshot.empty, run, { keyframeEvents: 2 });
  const result = replay(decodeTrace(bytes), forgetfulMachine);
  expect(result.verdict).toBe("diverged");
  expect(result.divergence).toMatchObject({
    event: 1,
    since: 0,
    op: "zap",
    components: [{ key: "test/page:4096", recorded: undefined, computed: { present: false, by: [1] } }],
  });
  expect(result.divergence?.reason).toContain("test/page:4096");
  // Without the keyframes, the end still tells.
  expect(replay(decodeTrace(bytes), forgetfulMachine, { verifyKeyframes: false })).toMatchObject({
    verdict: "diverged",
    divergence: { event: 3, since: 0 },
  });
});

test("a step that would leave something in the state that cannot be spelt is a divergence", () => {
  const cell = component<readonly number[]>("test/cells", []);
  const half = step("half", (tx, number: number) => {
    tx.write(cell.of(), [number / 2]);
  });
  const events = [4, 3].map((number): RecordedEvent => {
    return { event: { task: 1, op: "half", args: [number] }, status: "done", result: null };
  });
  const result = replay(decodeTrace(written(events)), createMachine({ steps: [half] }));
  expect(result).toMatchObject({ verdict: "diverged", events: 1, divergence: { event: 1, computed: null } });
  expect(result.divergence?.reason).toMatch(/not a safe integer: 1\.5/);
  expect(result.state.encode()).toBe("test/cells [2]\n");
});

test("violations come with the events that made them, each once", () => {
  const run = [
    { task: 1, op: "fault", args: [0], choice: "map" },
    { task: 2, op: "zap", args: [0] },
    { task: 1, op: "count", args: [1, 12] },
    { task: 1, op: "count", args: [1, 1] },
  ];
  const { violations } = replay(decodeTrace(recordRun(machine, Snapshot.empty, run).bytes), machine);
  expect(violations.map(({ event, violation }) => [event, violation.rule.name, violation.task])).toEqual([
    [1, "T-ORDER", 2],
    [2, "T-LIMIT", 1],
  ]);
});

test("a truncated trace is verified as far as it goes", () => {
  const { bytes } = recordRun(machine, Snapshot.empty, plainRun(30), tight);
  const trace = decodeTrace(bytes.subarray(0, bytes.length - 300));
  const result = replay(trace, machine);
  expect(result.verdict).toBe("truncated");
  expect(result.error).toMatchObject({ code: "E_TRACE_TRUNCATED" });
  expect(result.events).toBe(trace.events);
  expect(replay(trace, machine, { to: trace.events - 1 }).verdict).toBe("verified");
});

test("100,000 events replay in well under two seconds", () => {
  const trace = decodeTrace(recordRun(machine, Snapshot.empty, plainRun(100_000)).bytes);
  const start = performance.now();
  expect(replay(trace, machine)).toMatchObject({ verdict: "verified", events: 100_000 });
  const seconds = (performance.now() - start) / 1000;
  // The promise is 2 s; the machine that runs the tests may be slow and busy.
  expect(seconds).toBeLessThan(6);
});

test("a machine without rules or steps refuses the first event", () => {
  const empty = createMachine({ steps: [step("nothing", () => null)] });
  const trace = decodeTrace(recordRun(machine, Snapshot.empty, plainRun(3)).bytes);
  expect(replay(trace, empty)).toMatchObject({ verdict: "diverged", events: 0 });
});

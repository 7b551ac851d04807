import { type Ref, Snapshot, type StepEvent, type Value } from "@faultline/mm";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  bisect,
  bisectRule,
  decodeTrace,
  type KnownState,
  recordRun,
  replay,
  scan,
  scanRule,
  stateAt,
  travel,
  TraceError,
} from "../src/index.ts";
import { anyRun, counters, forgetfulMachine, machine, plainRun } from "./helpers/tiny-machine.ts";

const tight = { blockEvents: 3, keyframeEvents: 5 };

function traceOf(events: readonly StepEvent[]): ReturnType<typeof decodeTrace> {
  return decodeTrace(recordRun(machine, Snapshot.empty, events, tight).bytes);
}

test("seek(n) is replay to n, and so is travel", () => {
  fc.assert(
    fc.property(anyRun, (events) => {
      const trace = traceOf(events);
      let state = Snapshot.empty;
      for (const visit of travel(trace, machine)) {
        expect(visit.before.encode()).toBe(state.encode());
        state = visit.after;
        expect(stateAt(trace, machine, visit.number + 1).encode()).toBe(state.encode());
      }
      for (let n = 0; n <= events.length; n++) {
        const prefix = recordRun(machine, Snapshot.empty, events.slice(0, n)).final;
        expect(stateAt(trace, machine, n).encode()).toBe(prefix.encode());
      }
    }),
    { numRuns: 40 },
  );
});

test("on the way to a state the event that diverges is told as replay tells it", () => {
  let told = 0;
  fc.assert(
    fc.property(anyRun, (events) => {
      const { bytes } = recordRun(machine, Snapshot.empty, events, { blockEvents: 3, keyframeEvents: 1e9 });
      const trace = decodeTrace(bytes);
      const { divergence } = replay(trace, forgetfulMachine);
      // States are compared at the end alone, results at each event.
      if (divergence === undefined || divergence.components.length > 0) return;
      told++;
      const { event } = divergence;
      expect(() => stateAt(trace, forgetfulMachine, event)).not.toThrow();
      // The state at the end is kept.
      for (let n = event + 1; n < events.length; n++) {
        expect(() => stateAt(trace, forgetfulMachine, n)).toThrow(expect.objectContaining({ divergence }));
      }
    }),
    { numRuns: 200 },
  );
  expect(told).toBeGreaterThan(0);
});

test("a known state is started from only where it is on the way, and nearer than a keyframe", () => {
  const events = plainRun(20);
  const trace = traceOf(events);
  const forged = (number: number): KnownState => ({
    events: number,
    state: Snapshot.empty.with(new Map<Ref, Value>([[counters.of(2), 7]])),
  });
  const start = trace.keyframes.find((at) => at > 0 && !trace.keyframes.includes(at + 1))!;
  const isForged = (known: number): boolean =>
    stateAt(trace, machine, start + 1, forged(known)).get(counters.of(2)) === 7;
  expect([start - 1, start, start + 1, start + 2].map(isForged)).toEqual([false, true, true, false]);
});

test("a state that comes back is kept once", () => {
  const events = Array.from({ length: 100 }, (_, i) => ({ task: 1, op: i % 2 ? "unlock" : "lock", args: [0] }));
  const { bytes } = recordRun(machine, Snapshot.empty, events, { keyframeEvents: 1 });
  const trace = decodeTrace(bytes);
  // After a state of one component the next keyframe waits for four events.
  expect(trace.keyframes.length).toBeGreaterThan(20);
  expect(new Set(trace.keyframes.map((at) => trace.storedState(at).hash)).size).toBe(2);
  for (const at of trace.keyframes) {
    expect(trace.stateAtKeyframe(at).encode()).toBe(stateAt(trace, machine, at % 2).encode());
  }
});

test("there are no states beyond the ends", () => {
  const trace = traceOf(plainRun(10));
  for (const n of [-1, 11, 0.5, Number.NaN]) {
    expect(() => stateAt(trace, machine, n)).toThrow(expect.objectContaining({ code: "E_TRACE_RANGE" }));
    expect(() => trace.event(n)).toThrow(expect.objectContaining({ code: "E_TRACE_RANGE" }));
  }
  expect(() => trace.event(10)).toThrow(TraceError);
});

test("for rules, bisect is a linear scan, in at most log2(n) + 2 probes", () => {
  const found = new Map<string, number>();
  fc.assert(
    fc.property(anyRun, (events) => {
      const trace = traceOf(events);
      for (const rule of ["T-ORDER", "T-LIMIT", "T-LEAK"]) {
        const flips = scanRule(trace, machine, rule);
        const result = bisectRule(trace, machine, rule);
        expect(flips.length).toBeLessThanOrEqual(1);
        expect(result.firstBad).toBe(flips[0]?.event ?? null);
        expect(result.probes).toBeLessThanOrEqual(Math.log2(Math.max(events.length, 1)) + 2);
        found.set(rule, (found.get(rule) ?? 0) + flips.length);
      }
    }),
    { numRuns: 200 },
  );
  for (const rule of ["T-ORDER", "T-LIMIT", "T-LEAK"]) expect(found.get(rule)).toBeGreaterThan(10);
});

test("for any predicate, bisect finds a place where good turns to bad, and scan finds them all", () => {
  fc.assert(
    fc.property(anyRun, fc.integer({ min: -2, max: 3 }), (events, limit) => {
      const trace = traceOf(events);
      const isBad = (state: Snapshot): boolean => state.get(counters.of(1)) > limit;
      const flips = scan(trace, machine, isBad);
      const { outcome, firstBad, probes } = bisect(trace, machine, isBad);
      expect(probes).toBeLessThanOrEqual(Math.log2(Math.max(events.length, 1)) + 2);
      if (!isBad(stateAt(trace, machine, events.length))) expect(outcome).toBe("never");
      else if (outcome === "from-the-start") expect(flips[0]).toEqual({ event: -1, bad: true });
      else expect(flips).toContainEqual({ event: firstBad, bad: true });
      flips.forEach((flip, i) => expect(flip.bad).toBe(i % 2 === 0));
    }),
  );
});

test("every place is found, whatever the length", () => {
  for (const length of [1, 2, 3, 7, 8, 9, 16, 31]) {
    const trace = traceOf(plainRun(length));
    for (let bad = 0; bad < length; bad++) {
      const result = bisect(trace, machine, (_, events) => events > bad);
      expect(result).toMatchObject({ outcome: "found", firstBad: bad });
      expect(result.probes).toBeLessThanOrEqual(Math.log2(length) + 2);
    }
    expect(bisect(trace, machine, () => false)).toEqual({ outcome: "never", firstBad: null, probes: 1 });
    expect(bisect(trace, machine, () => true)).toMatchObject({ outcome: "from-the-start", firstBad: null });
  }
});

test("a model that diverges on the way is an error that says where", () => {
  const run = [
    { task: 1, op: "fault", args: [0], choice: "map" },
    { task: 1, op: "zap", args: [0] },
    { task: 2, op: "fault", args: [0], choice: "map" },
    { task: 1, op: "count", args: [0, 1] },
  ];
  const trace = decodeTrace(recordRun(machine, Snapshot.empty, run).bytes);
  expect(() => stateAt(trace, forgetfulMachine, 3)).toThrow(
    expect.objectContaining({
      code: "E_TRACE_DIVERGED",
      divergence: expect.objectContaining({ event: 2, recorded: { status: "done", result: 1 } }) as unknown,
    }),
  );
});

test("a predicate's own error comes through", () => {
  const trace = traceOf(plainRun(4));
  const oops = (): boolean => {
    throw new Error("mine");
  };
  expect(() => bisect(trace, machine, oops)).toThrow("mine");
});

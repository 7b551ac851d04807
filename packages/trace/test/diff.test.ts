import { apply, conflicts, Snapshot, type StepEvent, Table, type Transition } from "@faultline/mm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bisectSkipping, decodeTrace, diffTraces, recordRun, scan, type Trace } from "../src/index.ts";
import { anyRun, counters, machine } from "./helpers/tiny-machine.ts";

function traceOf(events: readonly StepEvent[]): Trace {
  return decodeTrace(recordRun(machine, Snapshot.empty, events, { blockEvents: 3, keyframeEvents: 5 }).bytes);
}

/** What each event does, undefined from where one cannot happen. */
function transitions(events: readonly StepEvent[]): Transition[] | undefined {
  const table = new Table(Snapshot.empty);
  const done: Transition[] = [];
  for (const event of events) {
    const transition = apply(machine, table, event);
    if (transition.status === "blocked") return undefined;
    table.apply(transition.writes);
    done.push(transition);
  }
  return done;
}

function footprint({ reads, writes }: Transition): Parameters<typeof conflicts>[0] {
  return { reads: new Set(reads.keys()), writes: new Set(writes.keys()) };
}

test("a trace does not differ from itself", () => {
  fc.assert(
    fc.property(anyRun, (events) => {
      const found = diffTraces(traceOf(events), traceOf(events), machine);
      expect(found).toEqual({
        verdict: "same",
        prefix: events.length,
        tasks: [],
        order: null,
        initial: [],
        final: [],
      });
    }),
    { numRuns: 60 },
  );
});

test("two neighbours exchanged: equivalent where their footprints are independent, and only there", () => {
  const met = { equivalent: 0, order: 0, differ: 0, same: 0 };
  fc.assert(
    fc.property(anyRun, fc.nat(), (events, where) => {
      const at = where % Math.max(1, events.length - 1);
      const [a, b] = [events[at], events[at + 1]];
      if (a === undefined || b === undefined || a.task === b.task) return;
      const exchanged = [...events.slice(0, at), b, a, ...events.slice(at + 2)];
      const before = transitions(events)!;
      const after = transitions(exchanged);
      if (after === undefined) return;
      const { verdict, tasks } = diffTraces(traceOf(events), traceOf(exchanged), machine);
      met[verdict]++;
      const independent = !conflicts(footprint(before[at]!), footprint(before[at + 1]!));
      if (independent) expect(verdict).toBe("equivalent");
      else expect(verdict).not.toBe("equivalent");
      expect(tasks.length > 0).toBe(verdict === "differ");
    }),
    { numRuns: 600 },
  );
  expect(met.equivalent).toBeGreaterThan(20);
  expect(met.order + met.differ).toBeGreaterThan(5);
});

test("what one task does otherwise is told for that task, however the others are interleaved", () => {
  const other = (task: number): StepEvent[] => [
    { task, op: "count", args: [task, 1] },
    { task, op: "count", args: [task, 1] },
  ];
  const [left, right] = [
    [...other(1), ...other(2)],
    [...other(2), { task: 1, op: "count", args: [1, 1] }, { task: 1, op: "count", args: [1, 2] }],
  ];
  const found = diffTraces(traceOf(left), traceOf(right), machine);
  expect(found).toMatchObject({ verdict: "differ", prefix: 0 });
  expect(found.tasks.map(({ task, common, events }) => [task, common, events])).toEqual([[1, 1, [2, 2]]]);
  expect(found.tasks[0]!.left?.number).toBe(1);
  expect(found.tasks[0]!.right?.number).toBe(3);
  expect(found.final.map(({ key }) => key)).toEqual(["test/counter:1"]);
});

test("a judge who skips nothing finds what a scan finds; one who skips is told no more than can be known", () => {
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(anyRun, fc.integer({ min: -1, max: 3 }), fc.integer({ min: 1, max: 4 }), (events, limit, period) => {
      const trace = traceOf(events);
      // A rule's shape: once bad, always bad.
      const bads = events.map((_, i) => i).filter((i) => stateAfter(events, i + 1).get(counters.of(1)) > limit);
      const first = bads[0];
      const isBad = (events_: number): boolean => first !== undefined && events_ > first;
      const skipped = (n: number): boolean => n % period !== 0 && n !== events.length;
      const found = bisectSkipping(trace, machine, (_, n) => (skipped(n) ? "skip" : isBad(n) ? "bad" : "good"));
      outcomes.add(found.outcome);
      if (first === undefined) expect(found.outcome).toBe("never");
      else {
        expect(found.firstBad).toBeLessThanOrEqual(first);
        expect(found.lastBad).toBeGreaterThanOrEqual(first);
        const flips = scan(trace, machine, (_, n) => isBad(n));
        if (period === 1) expect(found.firstBad).toBe(flips[0]!.event);
        for (let n = found.firstBad! + 1; n <= found.lastBad!; n++) expect(skipped(n)).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
  expect(outcomes).toEqual(new Set(["never", "found", "undecided"]));
});

function stateAfter(events: readonly StepEvent[], n: number): Table {
  const table = new Table(Snapshot.empty);
  for (const event of events.slice(0, n)) table.apply(apply(machine, table, event).writes);
  return table;
}

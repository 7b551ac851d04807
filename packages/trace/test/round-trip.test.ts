import { Snapshot, stateHash } from "@faultline/mm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeTrace, MemorySink, type RecordedEvent, Recorder, recordRun, replay, TraceWriter } from "../src/index.ts";
import { anyRun, anyValue, machine, plainRun } from "./helpers/tiny-machine.ts";
import { apply, Table } from "@faultline/mm";

const small = { blockEvents: 5, keyframeEvents: 7 };

test("a recorded run comes back event by event, and replays", () => {
  fc.assert(
    fc.property(anyRun, fc.boolean(), (events, tiny) => {
      const { bytes, final } = recordRun(machine, Snapshot.empty, events, tiny ? small : {});
      const trace = decodeTrace(bytes);
      expect([...trace.recorded()].map(({ event }) => event)).toEqual(events);
      expect(trace.finalHash).toBe(stateHash(final));
      const replayed = replay(trace, machine);
      expect(replayed).toMatchObject({ verdict: "verified", events: events.length });
      expect(replayed.stateHash).toBe(stateHash(final));
      expect(replayed.state.encode()).toBe(final.encode());
    }),
  );
});

test("whatever a trace can hold comes back as it was", () => {
  const recorded: fc.Arbitrary<RecordedEvent> = fc.record(
    {
      event: fc.record(
        {
          task: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant(2 ** 31 - 1)),
          op: fc.oneof(fc.constantFrom("a", "b"), fc.string()),
          args: fc.array(anyValue, { maxLength: 4 }),
          choice: fc.string(),
        },
        { requiredKeys: ["task", "op", "args"] },
      ),
      status: fc.constantFrom("done" as const, "stopped" as const),
      result: anyValue,
      line: fc.integer({ min: 0, max: 2 ** 51 - 1 }),
      time: fc.integer({ min: 0, max: 2 ** 51 - 1 }),
      note: anyValue,
    },
    { requiredKeys: ["event", "status", "result"] },
  );
  const meta = fc.dictionary(fc.string(), anyValue, { maxKeys: 3, noNullPrototype: true });
  fc.assert(
    fc.property(
      fc.array(recorded, { maxLength: 30 }),
      meta.filter((map) => !Object.hasOwn(map, "__proto__")),
      fc.integer({ min: 1, max: 12 }),
      (events, info, blockEvents) => {
        const sink = new MemorySink();
        const writer = new TraceWriter(sink, { producer: "test", meta: info }, Snapshot.empty, {
          blockEvents,
          keyframeEvents: 9,
        });
        for (const event of events) {
          if (writer.keyframeDue) writer.keyframe(Snapshot.empty);
          writer.append(event);
        }
        writer.finish(Snapshot.empty);
        const trace = decodeTrace(sink.bytes());
        expect(trace.info).toEqual({ producer: "test", meta: info });
        expect([...trace.recorded()]).toEqual(events);
        // Events that are alike share what they hold.
        for (const { event, result, note } of trace.recorded()) {
          for (const part of [event.args, result, note]) expect(isFrozen(part)).toBe(true);
        }
        for (const at of [0, events.length >> 1, events.length - 1]) {
          if (events[at] !== undefined) expect(trace.event(at)).toEqual(events[at]);
        }
      },
    ),
  );
});

/** Whether nobody can change it, however deep. */
function isFrozen(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozen);
}

test("remarks stay with their event, and an open choice is recorded as made", () => {
  const sink = new MemorySink();
  const recorder = new Recorder(sink, { producer: "test", meta: {} }, Snapshot.empty);
  const table = new Table();
  const fault = { task: 1, op: "fault", args: [0x1000] };
  const transition = apply(machine, table, fault);
  recorder.record(fault, transition, { line: 42, time: 1_000_001, note: { cpu: 1 } });
  recorder.finish();
  expect(decodeTrace(sink.bytes()).event(0)).toEqual({
    event: { ...fault, choice: "map" },
    status: "done",
    result: 1,
    line: 42,
    time: 1_000_001,
    note: { cpu: 1 },
  });
});

test("a run that goes in circles costs few bytes", () => {
  const { bytes } = recordRun(machine, Snapshot.empty, plainRun(20_000));
  expect(bytes.length / 20_000).toBeLessThan(0.5);
});

test("tables begin anew when they have grown, and any event can be had alone", () => {
  const sink = new MemorySink();
  const writer = new TraceWriter(sink, { producer: "test", meta: {} }, Snapshot.empty, { keyframeEvents: 1e9 });
  const recorded = (i: number): RecordedEvent => ({
    event: { task: 1, op: "store", args: [i * 17] },
    status: "done",
    result: 5 - i,
  });
  for (let i = 0; i < 100_000; i++) writer.append(recorded(i));
  writer.finish(Snapshot.empty);
  expect(sink.bytes().length).toBeLessThan(30_000);
  const trace = decodeTrace(sink.bytes());
  for (const i of [0, 8191, 8192, 65_535, 65_536, 73_728, 80_000, 99_999]) {
    expect(trace.event(i)).toEqual(recorded(i));
  }
});

test("a blocked event is not recorded", () => {
  const events = [
    { task: 1, op: "lock", args: [0] },
    { task: 2, op: "lock", args: [0] },
  ];
  expect(() => recordRun(machine, Snapshot.empty, events)).toThrow(
    expect.objectContaining({ code: "E_TRACE_EVENT", message: expect.stringContaining("event 1") as string }),
  );
});

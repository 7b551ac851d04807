import { Snapshot, type Value } from "@faultline/mm";
import { expect, test } from "vitest";
import { decodeTrace, MemorySink, type RecordedEvent, TraceError, TraceWriter } from "../src/index.ts";
import { readBySpec } from "./helpers/spec-reader.ts";

// What makes a trace small, and what must not make it wrong.

function written(events: Iterable<RecordedEvent>, options: { blockEvents?: number } = {}): Uint8Array {
  const sink = new MemorySink();
  const writer = new TraceWriter(sink, { producer: "p", meta: {} }, Snapshot.empty, {
    keyframeEvents: 1e9,
    ...options,
  });
  for (const event of events) writer.append(event);
  writer.finish(Snapshot.empty);
  return sink.bytes();
}

function done(task: number, op: string, args: readonly Value[], result: Value = null): RecordedEvent {
  return { event: { task, op, args }, status: "done", result };
}

/** Bytes that each of so many more rounds of events takes. */
function bytesARound(round: (i: number) => readonly RecordedEvent[]): number {
  const rounds = (count: number): number =>
    written(Array.from({ length: count }, (_, i) => round(i)).flat(), { blockEvents: 65_535 }).length;
  return (rounds(1100) - rounds(100)) / 1000;
}

function expectBack(events: readonly RecordedEvent[], blockEvents = 7): void {
  const bytes = written(events, { blockEvents });
  expect([...decodeTrace(bytes).recorded()]).toEqual(events);
  expect(readBySpec(Buffer.from(bytes)).events.map(({ call }) => call)).toEqual(
    events.map(({ event }) => [event.op, ...event.args]),
  );
}

test("what follows from what was before costs nothing", () => {
  const faults = (i: number): RecordedEvent[] => {
    const at = 0x1000_0000 + 0x1000 * i;
    const page = { page: i, gen: 1 };
    return [
      done(1, "mas_walk", [0, at], { vma: 3, gen: 9 }),
      done(1, "vma_start_read", [{ vma: 3, gen: 9 }], "ok"),
      done(1, "alloc_page", [], page),
      done(1, "down_write", [`folio_lock${i}`], true),
      done(1, "set_pte_at", [{ vma: 3, gen: 9 }, at, page]),
    ];
  };
  expect(bytesARound(faults)).toBeLessThan(0.05);
});

test("what could not be foreseen costs what it is, once", () => {
  let seed = 1;
  const random = (): number => (seed = (seed * 48_271) % 0x7fff_ffff) >>> 15;
  const walk = (): RecordedEvent[] => {
    const at = 0x1000_0000 + 0x1000 * (random() % 32) + (random() % 4096);
    return [done(1, "mas_walk", [0, at]), done(1, "ptep_get", [0, at]), done(1, "set_pte_at", [0, at, { at }])];
  };
  const bytes = bytesARound(walk);
  expect(bytes).toBeGreaterThan(2);
  expect(bytes).toBeLessThan(4);
});

test("one of many integers that the task had costs how far back it is", () => {
  let seed = 3;
  const random = (): number => (seed = (seed * 48_271) % 0x7fff_ffff);
  const pool = Array.from({ length: 100 }, () => (random() % 2 ** 16) * 2 ** 31 + random());
  // Which of the hundred it is has 6.6 bits; the integer itself has 47.
  expect(bytesARound(() => [done(1, "touch", [pool[(random() >>> 12) % 100]!])])).toBeLessThan(2);
});

test("a task that is interrupted goes on where it was", () => {
  let seed = 7;
  const random = (): number => (seed = (seed * 48_271) % 0x7fff_ffff) >>> 15;
  const steps = ["lock", "walk", "get", "set", "unlock"];
  const at = [0, 0, 0];
  const turns = (): RecordedEvent[] => {
    const task = random() % 3;
    const turn = at[task]!++;
    return [done(task, steps[turn % 5]!, [task, Math.floor(turn / 5)])];
  };
  // The choice of the task alone has 1.6 bits.
  expect(bytesARound(turns)).toBeLessThan(0.6);
});

test("a result that the same call had is told from that", () => {
  const areas = Array.from({ length: 7 }, (_, i) => ({
    start: 0x1000_0000 + 0x5_1000 * i * i,
    end: 0x1001_2000 + 0x6_1000 * i * i,
  }));
  let seed = 3;
  const random = (): number => (seed = (seed * 48_271) % 0x7fff_ffff) >>> 15;
  const look = (): RecordedEvent[] => {
    const vma = random() % 7;
    return [done(1, "vma_area", [vma], areas[vma])];
  };
  expect(bytesARound(look)).toBeLessThan(1.3);
});

test("rows that are too large or too deep to be taken apart come back as well", () => {
  const wide = (n: number): Value => Array.from({ length: 70 }, (_, i) => n + i);
  const deep = (n: number): Value => [[[[n, `lock${n}`]]]];
  const broad = (n: number): Value[] => Array.from({ length: 60 }, (_, i) => ({ a: n * i }));
  const events = Array.from({ length: 40 }, (_, i) => [
    done(1, "wide", [wide(i % 5)], wide(i % 3)),
    done(2, "deep", [deep(i), { [`k${i % 2}`]: deep(i % 3) }], deep(i)),
    done(1, "broad", broad(i), { list: [i, "x", `y${i}`, [i]] }),
  ]).flat();
  expectBack(events);
});

test("integers and texts at the edges come back, and what is none is refused", () => {
  const edges: Value[] = [
    0,
    -1,
    2 ** 47 - 1,
    -(2 ** 47) + 1,
    2 ** 47,
    -(2 ** 47),
    2 ** 53 - 1,
    "7",
    "a0",
    "a00",
    "a07",
    "a1234567890",
  ];
  const events = edges.flatMap((a) => edges.map((b) => done(1, "op", [a, b], [b, a])));
  expectBack(events);
  const writer = new TraceWriter(new MemorySink(), { producer: "p", meta: {} }, Snapshot.empty);
  for (const wrong of [1.5, Number.NaN, Infinity, undefined, new Date(0), { a: 2 ** 53 }]) {
    const result = wrong as Value;
    expect(() => writer.append(done(1, "op", [1, result]))).toThrow(TraceError);
    expect(() => writer.append({ ...done(1, "op", [1, 1]), result })).toThrow(TraceError);
  }
  // What was refused left nothing behind.
  for (let i = 0; i < 3; i++) writer.append(done(1, "op", [1, i], i));
  expect(writer.events).toBe(3);
});

test("an event of many integers makes the tables begin in time", () => {
  const args = Array.from({ length: 60 }, (_, i) => i);
  const events = Array.from({ length: 20_000 }, (_, i) =>
    done(
      i % 3,
      "op",
      args.map((arg) => arg * i),
    ),
  );
  const bytes = written(events, { blockEvents: 65_535 });
  let number = 0;
  for (const { event } of decodeTrace(bytes).recorded()) {
    if (number % 997 === 0) expect(event).toEqual(events[number]!.event);
    number++;
  }
  expect(number).toBe(20_000);
});

test("lines and times come and go", () => {
  const plain = done(1, "op", []);
  const events = Array.from({ length: 200 }, (_, i): RecordedEvent => ({
    ...plain,
    ...(i % 7 === 0 ? {} : { line: i - (i % 3) }),
    ...(i > 50 && i < 60 ? {} : { time: 1000 - (i >> 2) }),
    ...(i % 5 === 0 ? { note: `n${i % 2}` } : {}),
  }));
  for (const blockEvents of [1, 10, 300]) {
    const bytes = written(events, { blockEvents });
    expect([...decodeTrace(bytes).recorded()]).toEqual(events);
    const read = readBySpec(Buffer.from(bytes)).events;
    expect(read.map(({ line, time, note }) => [line, time, note])).toEqual(
      events.map(({ line, time, note }) => [line, time, note]),
    );
  }
});

import { apply, Snapshot, Table } from "@faultline/mm";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  type ByteSink,
  fileSink,
  liveFileSink,
  openTrace,
  Recorder,
  recordRun,
  replay,
  TraceWriter,
} from "../src/index.ts";
import { machine, plainRun } from "./helpers/tiny-machine.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fltrace-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const info = { producer: "test", meta: {} };
const cannotWrite = expect.objectContaining({ name: "TraceError", code: "E_TRACE_WRITE" }) as Error;

test("a trace in a file opens by its index and replays", () => {
  const path = join(folder, "a.fltrace");
  const { final } = recordRun(machine, Snapshot.empty, plainRun(500), { sink: fileSink(path), blockEvents: 50 });
  const trace = openTrace(path);
  const result = replay(trace, machine);
  trace.close();
  expect(result.verdict).toBe("verified");
  expect(result.state.encode()).toBe(final.encode());
  expect(readdirSync(folder)).toEqual(["a.fltrace"]);
});

test("nothing is under the name before the trace is complete, and nothing remains of one given up", () => {
  const path = join(folder, "a.fltrace");
  const recorder = new Recorder(fileSink(path), info, Snapshot.empty);
  expect(existsSync(path)).toBe(false);
  recorder.finish();
  expect(existsSync(path)).toBe(true);
  const before = readFileSync(path);

  const second = new Recorder(fileSink(path), info, Snapshot.empty);
  second.abort();
  expect(() => recordRun(machine, Snapshot.empty, [{ task: 1, op: "no", args: [] }], { sink: fileSink(path) })).toThrow(
    expect.objectContaining({ code: "E_TRACE_EVENT" }),
  );
  expect(readFileSync(path)).toEqual(before);
  expect(readdirSync(folder)).toEqual(["a.fltrace"]);
});

test("a disk that fills leaves the trace that was there", () => {
  const path = join(folder, "a.fltrace");
  recordRun(machine, Snapshot.empty, plainRun(10), { sink: fileSink(path) });
  const before = readFileSync(path);
  for (let room = 0; room < 6; room++) {
    const sink = fileSink(path);
    let left = room;
    const failing: ByteSink = {
      ...sink,
      write(bytes) {
        if (left-- === 0) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
        sink.write(bytes);
      },
    };
    const run = (): unknown => recordRun(machine, Snapshot.empty, plainRun(40), { sink: failing, blockEvents: 8 });
    expect(run).toThrow(cannotWrite);
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(folder)).toEqual(["a.fltrace"]);
  }
});

test("places where no file can be are refused with a reason", () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  expect(() => fileSink(join(file, "a.fltrace"))).toThrow(/part of the path is a file/);
  expect(() => fileSink(join(folder, "missing", "a.fltrace"))).toThrow(/folder does not exist/);
  expect(() => liveFileSink(file)).toThrow(/exists already/);
  const taken = join(folder, "taken");
  mkdirSync(taken);
  expect(() => recordRun(machine, Snapshot.empty, [], { sink: fileSink(taken) })).toThrow(cannotWrite);
  expect(readdirSync(folder).sort()).toEqual(["file", "taken"]);
});

test("what cannot be read is refused with a reason", () => {
  expect(() => openTrace(join(folder, "none.fltrace"))).toThrow(/no such file/);
  expect(() => openTrace(folder)).toThrow(/no regular file/);
  writeFileSync(join(folder, "empty.fltrace"), "");
  expect(() => openTrace(join(folder, "empty.fltrace"))).toThrow(/empty/);
});

test("a live recording can be read at any moment, up to its last whole block", () => {
  const path = join(folder, "live.fltrace");
  const recorder = new Recorder(liveFileSink(path, { sync: true }), info, Snapshot.empty, {
    blockEvents: 7,
    keyframeEvents: 20,
  });
  const table = new Table();
  plainRun(60).forEach((event, i) => {
    const transition = apply(machine, table, event);
    table.apply(transition.writes);
    recorder.record(event, transition);
    const trace = openTrace(path);
    expect(trace.events).toBeGreaterThan(i - 7);
    expect(replay(trace, machine)).toMatchObject({ verdict: "truncated", events: trace.events });
    trace.close();
  });
  recorder.flush();
  expect(openTrace(path).events).toBe(60);
  recorder.finish();
  expect(replay(openTrace(path), machine)).toMatchObject({ verdict: "verified", events: 60 });
});

test("an event that a trace cannot hold is refused, and the recording goes on", () => {
  const path = join(folder, "a.fltrace");
  const writer = new TraceWriter(fileSink(path), info, Snapshot.empty);
  const good = { event: { task: 1, op: "x", args: [1] }, status: "done", result: null } as const;
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  const bad = [1.5, undefined, Number.NaN, 1n, "\ud800", new Map(), "x".repeat(2 ** 18), cyclic];
  writer.append(good);
  for (const value of bad) {
    const event = { ...good.event, args: [{ a: value }] } as never;
    expect(() => writer.append({ ...good, event })).toThrow(expect.objectContaining({ code: "E_TRACE_VALUE" }));
    expect(() => writer.append({ ...good, result: value as never })).toThrow(
      expect.objectContaining({ code: "E_TRACE_VALUE" }),
    );
  }
  const proto = JSON.parse('{"__proto__": 1}') as never;
  expect(() => writer.append({ ...good, note: proto })).toThrow(expect.objectContaining({ code: "E_TRACE_VALUE" }));
  for (const task of [-1, 0.5, 2 ** 31]) {
    expect(() => writer.append({ ...good, event: { ...good.event, task } })).toThrow(/a task number/);
  }
  expect(() => writer.append({ ...good, line: -1 })).toThrow(/a line/);
  writer.append(good);
  writer.finish(Snapshot.empty);
  expect([...openTrace(path).recorded()]).toEqual([good, good]);
  expect(() => writer.append(good)).toThrow(/finished or given up/);
});

import { kernelMachine, profile, sameValue, type Steps, type StepRequest, type Value } from "@faultline/mm";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  decodeTrace,
  importFtraceLines,
  MemorySink,
  readWindow,
  Recorder,
  stateAt,
  type Trace,
  windowThread,
} from "../../src/index.ts";
import { Rerun } from "../../src/window/rerun.ts";

function imported(name: string, kernel: string): Trace {
  const lines = readFileSync(new URL(`../../../../test/captures/${name}`, import.meta.url), "utf8").split("\n");
  const sink = new MemorySink();
  let recorder: Recorder | undefined;
  importFtraceLines(lines, {
    profile: kernel,
    onStart: (initial) => {
      recorder = new Recorder(sink, { producer: "test", meta: {} }, initial);
    },
    onEvent: (event, transition, line) => {
      recorder!.record(event, transition, { line });
    },
  });
  recorder!.finish();
  return decodeTrace(sink.bytes());
}

describe.each([
  ["binder-6.1.txt", "linux-6.1"],
  ["binder-6.12.txt", "linux-6.12"],
])("windows of %s", (name, kernel) => {
  const trace = imported(name, kernel);
  const chosen = profile(kernel);
  const starts = [300, 1111, 2222, 2950];

  // Whatever the calls are taken for: led along what was recorded they must do what was recorded.
  it.each(starts)("rebuild threads that can do what was recorded, from event %i on", (first) => {
    const range = { first, last: first + 150 };
    const window = readWindow(trace, range, chosen, chosen.knobs);
    const threads = new Map(
      window.tasks.map((task) => [task.task, new Rerun(windowThread(window, task, window.under)())]),
    );
    const asides = new Set(
      window.tasks.flatMap(({ spans }) => spans.flatMap((span) => span.asides.map((one) => one.number))),
    );
    let compared = 0;
    let number = first;
    for (const { event, result } of trace.recorded(first, range.last + 1)) {
      const thread = threads.get(event.task);
      if (asides.has(number++) || thread === undefined) continue;
      // A birth in the window is a task that waits and another that wakes it.
      if (thread.pending?.step.op === "ret_from_fork") thread.feed(1);
      if (thread.pending?.step.op === "wake_up_new_task") {
        expect(event.op).toBe("task_newtask");
        thread.feed(null);
        continue;
      }
      expect([thread.pending?.step.op, thread.pending?.args]).toEqual([event.op, event.args]);
      thread.feed(result);
      compared++;
    }
    expect(compared).toBeGreaterThan(100);
  });

  it("recognises most of what it shows as calls", () => {
    const range = { first: 2000, last: 3000 };
    const { tasks, under } = readWindow(trace, range, chosen, chosen.knobs);
    const spans = tasks.flatMap((task) => task.spans);
    const explained = spans.filter(({ operation }) => operation !== undefined).flatMap(({ events }) => events).length;
    expect(explained / spans.flatMap(({ events }) => events).length).toBeGreaterThan(0.6);
    expect(under.generation.allocLock).toBe(kernel === "linux-6.1" ? "mutex" : "spin");
  });

  it("starts from the state at its beginning", () => {
    const { initial } = readWindow(trace, { first: 500, last: 520 }, chosen, chosen.knobs);
    expect(stateAt(trace, kernelMachine, 500).diff(initial)).toEqual([]);
  });
});

describe("a procedure that is gone on with", () => {
  const request = (op: string): StepRequest => ({ kind: "step", step: { op, run: () => null }, args: [] });

  function* counting(): Steps<Value> {
    yield request("begin");
    return yield {
      kind: "loop",
      carried: 0,
      body: function* (turn: number) {
        yield request(`turn${turn}`);
        return turn === 3 ? { done: turn } : { again: turn + 1 };
      },
    };
  }

  /** Everything from here on, loops taken apart. */
  function opsOf(steps: Steps<Value>): string[] {
    const rest = new Rerun(steps);
    const ops: string[] = [];
    while (rest.pending !== undefined) {
      ops.push(rest.pending.step.op);
      rest.feed(null);
    }
    return ops;
  }

  it.each([0, 1, 2, 3, 4, 5])("does the rest after %i steps", (done) => {
    const all = opsOf(counting());
    const rerun = new Rerun(counting());
    for (let i = 0; i < done; i++) rerun.feed(null);
    expect(opsOf(rerun.rest((one) => one))).toEqual(all.slice(done));
  });

  it("makes the requests of later turns the other ones", () => {
    const rerun = new Rerun(counting());
    rerun.feed(null);
    const swapped = rerun.rest((one) => (one.kind === "step" ? request(`other-${one.step.op}`) : one));
    const ops = opsOf(swapped);
    expect(ops.slice(0, 2)).toEqual(["turn0", "other-turn1"]);
    expect(sameValue(ops.length, 4)).toBe(true);
  });
});

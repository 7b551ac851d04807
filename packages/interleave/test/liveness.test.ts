import {
  again,
  createKernel,
  done,
  kernelMachine,
  type Kernel,
  LIVELOCK,
  loop,
  mmAlloc,
  profile,
  runAlone,
  rwsemForm,
  Snapshot,
  STARVATION,
  type Steps,
  Table,
  task,
  taskCount,
} from "@faultline/mm";
import { describe, expect, it } from "vitest";
import { findLassos, type LassoReport, type Program } from "../src/index.ts";
import { program } from "./toy.ts";

const k: Kernel = createKernel(profile("linux-6.12").knobs);

/** What was found, a line each: the kind, who never finishes, then the events of stem and loop as `task op`. */
function found({ stopped, lassos }: LassoReport): string[] {
  expect(stopped).toBeUndefined();
  return lassos.map(({ kind, violation, stem, loop }) => {
    const walk = (events: typeof stem): string => events.map(({ task, op }) => `${task} ${op}`).join(", ");
    return `${kind} of ${violation.object}: ${walk(stem)} (${walk(loop)})`;
  });
}

/** Tries until it has the lock, then lets go of it. */
function* spin(lock: string): Steps<void> {
  yield* loop(null, function* () {
    return (yield* k.spinTrylock(lock)) ? done() : again(null);
  });
  yield* k.spinUnlock(lock);
}

function* hold(lock: string): Steps<void> {
  yield* k.spinLock(lock);
  yield* k.spinUnlock(lock);
}

/** Holds one lock and tries for another; on failure lets go of the first and begins anew. */
function* backOff(first: string, second: string): Steps<void> {
  yield* loop(null, function* () {
    yield* k.spinLock(first);
    if (!(yield* k.spinTrylock(second))) {
      yield* k.spinUnlock(first);
      return again(null);
    }
    yield* k.spinUnlock(second);
    yield* k.spinUnlock(first);
    return done();
  });
}

function forever(turn: () => Steps<unknown>): () => Steps<void> {
  return function* () {
    yield* loop(null, function* () {
      yield* turn();
      return again(null);
    });
  };
}

describe("a retry loop", () => {
  it("is no livelock while the other will let go: fairness makes it", () => {
    const report = findLassos(program([() => spin("a"), () => hold("a")]));
    expect(report).toMatchObject({ verdict: "clean", lassos: [] });
  });

  it("is one where the holder never lets go", () => {
    const report = findLassos(program([() => spin("a"), () => k.spinLock("a")]));
    expect(found(report)).toEqual(["livelock of task:1: 2 spin_lock (1 spin_trylock)"]);
    const [lasso] = report.lassos;
    expect(lasso!.violation).toMatchObject({ rule: LIVELOCK, severity: "S4", task: 0, op: "livelock" });
    expect(lasso!.violation.message).toBe("t1 goes round for ever in spin_trylock");
    expect(lasso!.minimal).toBe(true);
  });

  it("on itself goes on for ever alone", () => {
    const report = findLassos(
      program([
        function* () {
          yield* k.spinLock("a");
          yield* spin("a");
        },
      ]),
    );
    expect(found(report)).toEqual(["livelock of task:1: 1 spin_lock (1 spin_trylock)"]);
  });

  it("names those that merely wait for one that spins", () => {
    const report = findLassos(
      program([
        function* () {
          yield* k.mutexLock("m");
          yield* loop(null, function* () {
            return (yield* k.readOnce("flag")) === 1 ? done() : again(null);
          });
          yield* k.mutexUnlock("m");
        },
        function* () {
          yield* k.mutexLock("m");
          yield* k.writeOnce("flag", 1);
          yield* k.mutexUnlock("m");
        },
      ]),
    );
    expect(report.lassos.map(({ violation }) => violation.message)).toEqual([
      "t1 goes round for ever in read_once; t2 waits for ever in mutex_lock",
    ]);
  });

  it("is none where what it tries for is blocked behind a thread that moves", () => {
    const setFlag = function* (): Steps<void> {
      yield* k.writeOnce("flag", 1);
    };
    const await1 = function* (): Steps<void> {
      yield* loop(null, function* () {
        return (yield* k.readOnce("flag")) === 1 ? done() : again(null);
      });
    };
    expect(findLassos(program([await1, setFlag])).verdict).toBe("clean");
  });

  it("is one between two that take their locks in opposite order and give way to each other", () => {
    const report = findLassos(program([() => backOff("a", "b"), () => backOff("b", "a")]));
    expect(report.lassos.map(({ kind, tasks }) => [kind, tasks])).toEqual([["livelock", [1, 2]]]);
    const [lasso] = report.lassos;
    // Neither is enabled throughout a cycle in which the other does not step, so the shortest has both steps.
    expect(new Set(lasso!.loop.map((event) => event.task))).toEqual(new Set([1, 2]));
    expect(lasso!.stem).toHaveLength(0);
    expect(lasso!.loop).toHaveLength(6);
    expect(findLassos(program([() => backOff("a", "b"), () => backOff("a", "b")])).verdict).toBe("clean");
  });
});

describe("daemons", () => {
  const tick = forever(function* () {
    yield* k.writeOnce("tick", 1);
    yield* k.writeOnce("tick", 0);
  });
  const holdForever = forever(() => hold("a"));

  it("may go on for ever, and nobody else", () => {
    expect(findLassos(program([tick], { daemons: [1] })).verdict).toBe("clean");
    expect(found(findLassos(program([tick])))).toEqual(["livelock of task:1:  (1 write_once, 1 write_once)"]);
  });

  it("that take and drop a lock starve who tries for it", () => {
    const report = findLassos(program([() => spin("a"), holdForever], { daemons: [2] }));
    expect(found(report)).toEqual(["starvation of task:1:  (2 spin_lock, 1 spin_trylock, 2 spin_unlock)"]);
    expect(report.lassos[0]!.violation).toMatchObject({ rule: STARVATION, severity: "S5", op: "starvation" });
    expect(report.lassos[0]!.violation.message).toBe(
      "t1 goes round for ever in spin_trylock, while t2 goes on with spin_lock, spin_unlock",
    );
  });

  it("that take and drop a lock starve who waits for it: such a lock gives nobody his turn", () => {
    const report = findLassos(program([() => hold("a"), holdForever], { daemons: [2] }));
    expect(found(report)).toEqual(["starvation of task:1:  (2 spin_lock, 2 spin_unlock)"]);
    expect(report.lassos[0]!.violation.message).toBe(
      "t1 waits for ever in spin_lock, while t2 goes on with spin_lock, spin_unlock",
    );
  });

  it("concern who waits for what they write, though it never comes", () => {
    const report = findLassos(
      program(
        [
          () => k.waitEvent("x", 2),
          forever(function* () {
            yield* k.writeOnce("x", 1);
            yield* k.writeOnce("y", 1);
          }),
        ],
        { daemons: [2] },
      ),
    );
    expect(found(report)).toEqual(["starvation of task:1: 2 write_once, 2 write_once (2 write_once, 2 write_once)"]);
  });

  it("that have nothing to do with it make a livelock no starvation", () => {
    const report = findLassos(program([() => backOff("a", "b"), () => backOff("b", "a"), tick], { daemons: [3] }));
    expect(report.lassos.map(({ kind, tasks }) => [kind, tasks])).toEqual([["livelock", [1, 2]]]);
    expect(new Set(report.lassos[0]!.loop.map((event) => event.task))).toEqual(new Set([1, 2, 3]));
  });

  it("do not hide that others wait for each other", () => {
    const both = (first: string, second: string) =>
      function* (): Steps<void> {
        yield* k.spinLock(first);
        yield* k.spinLock(second);
      };
    const report = findLassos(program([both("a", "b"), both("b", "a"), tick], { daemons: [3] }));
    expect(report.lassos.map(({ violation }) => violation.message)).toContain(
      "t1 waits for ever in spin_lock; t2 waits for ever in spin_lock",
    );
  });
});

describe("a reader of mmap_lock beside a writer that never rests", () => {
  function withWriter(form: "fair" | "plain"): Program {
    const table = new Table(
      Snapshot.empty.with(
        new Map<never, never>([
          [taskCount as never, 3 as never],
          [rwsemForm as never, form as never],
        ]),
      ),
    );
    const mm = runAlone(kernelMachine, table, 0, mmAlloc());
    for (const number of [1, 2]) table.apply(new Map([[task.of(number) as never, { name: `t${number}`, mm }]]));
    const writer = forever(function* () {
      yield* k.mmapWriteLock(mm);
      yield* k.mmapWriteUnlock(mm);
    });
    const reader = function* (): Steps<void> {
      yield* k.mmapReadLock(mm);
      yield* k.mmapReadUnlock(mm);
    };
    return {
      machine: kernelMachine,
      initial: table.snapshot(),
      threads: [
        { task: 1, name: "reader", daemon: false, start: reader },
        { task: 2, name: "writer", daemon: true, start: writer },
      ],
    };
  }

  it("is starved by the plain form, not by the fair one", () => {
    expect(found(findLassos(withWriter("plain")))).toEqual([
      "starvation of task:1:  (2 mmap_write_lock, 2 mmap_write_unlock)",
    ]);
    expect(found(findLassos(withWriter("fair")))).toEqual([]);
  });
});

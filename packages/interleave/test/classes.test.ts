import { again, type Steps } from "@faultline/mm";
import { describe, expect, it } from "vitest";
import {
  checkClasses,
  countRuns,
  explore,
  exploreClasses,
  plainProgram,
  type PlainThread,
  ScenarioError,
} from "../src/index.ts";

const locker = (first: string, second: string): PlainThread =>
  function* (k) {
    yield* k.mutexLock(first);
    yield* k.mutexLock(second);
    yield* k.mutexUnlock(second);
    yield* k.mutexUnlock(first);
  };

const reader: PlainThread = function* (k) {
  yield* k.downRead("s");
  yield* k.upRead("s");
};
const writer: PlainThread = function* (k) {
  yield* k.downWrite("s");
  yield* k.upWrite("s");
};

describe("steps with several outcomes", () => {
  it("a reader that meets waiters steals the lock or queues: each is a class", () => {
    const program = plainProgram({ rwsem: "fair", threads: [reader, writer, writer] });
    const choices = new Set<string>();
    const { classes } = countRuns(program);
    const { runs, blocked } = exploreClasses(program, {
      maxRuns: Number(classes) + 1,
      onRun: (run) => {
        for (const { leaf } of run) if (leaf.choice !== undefined) choices.add(leaf.choice);
      },
    });
    expect({ runs: BigInt(runs), blocked }).toEqual({ runs: classes, blocked: 0 });
    expect([...choices].sort()).toEqual(["queue", "steal"]);
  });

  it("every run of a fair rwsem ends with nobody queued", () => {
    const program = plainProgram({ rwsem: "fair", threads: [reader, reader, writer, writer] });
    const { classes } = countRuns(program);
    const { verdict, runs, findings } = checkClasses(program, { maxRuns: Number(classes) + 1 });
    expect({ verdict, findings }).toEqual({ verdict: "clean", findings: [] });
    expect(BigInt(runs)).toBe(classes);
  });
});

describe("conditions on several words", () => {
  it("a step that waits for all to be free is followed back past each of them", () => {
    const program = plainProgram({
      threads: [
        function* (k) {
          yield* k.downRead("s");
        },
        function* (k) {
          yield* k.downRead("s");
        },
        function* (k) {
          yield* k.downWrite("s");
        },
      ],
    });
    // The readers come first and keep it, or the writer does.
    for (const order of ["oldest", "newest", { seed: 3 }] as const) {
      expect(exploreClasses(program, { order })).toMatchObject({ runs: 2, blocked: 0 });
    }
  });
});

describe("checkClasses finds what explore finds", () => {
  it("a deadlock, and the order of locks that allows it", () => {
    const program = plainProgram({ threads: { left: locker("a", "b"), right: locker("b", "a") } });
    const [byClasses, byStates] = [checkClasses(program), explore(program)];
    expect(byClasses.findings).toEqual(byStates.findings);
    expect(byClasses.findings.map(({ violation }) => violation.rule.name).sort()).toEqual(["LOCK-ORDER", "NO-STUCK"]);
    expect(byClasses.verdict).toBe("violation");
  });

  it("the run met where no smaller one is looked for", () => {
    const program = plainProgram({ threads: [locker("a", "b"), locker("b", "a")] });
    const { findings } = checkClasses(program, { minimize: false });
    expect(findings.map(({ minimal }) => minimal)).toEqual([false, false]);
  });

  it("what no run executes", () => {
    const program = plainProgram({
      threads: [
        function* (k) {
          if ((yield* k.readOnce("x")) === 1) yield* k.writeOnce("y", 1);
        },
      ],
    });
    expect(checkClasses(program).unreached).toEqual([{ thread: "t1", step: "write_once" }]);
  });
});

describe("programs that do not end are inconclusive, and never hang", () => {
  it("one that comes back to a state", () => {
    const spinning: PlainThread = function* (k) {
      yield* k.loop(null, function* () {
        return (yield* k.mutexTrylock("m")) ? { done: null } : again(null);
      });
    };
    const result = checkClasses(plainProgram({ threads: [spinning, spinning] }));
    expect(result.verdict).toBe("inconclusive");
    expect(result.stopped).toContain("endless runs");
  });

  it("one whose states have no end", () => {
    const counting: PlainThread = function* (k): Steps<unknown> {
      for (;;) yield* k.fetchAdd("x", 1);
    };
    const result = checkClasses(plainProgram({ threads: [counting] }), { maxSteps: 40 });
    expect(result.verdict).toBe("inconclusive");
    expect(result.stopped).toBe("a run has more than 40 events");
  });

  it("one that was given too little time, or too few runs", () => {
    const program = plainProgram({ threads: [locker("a", "b"), locker("a", "b")] });
    expect(checkClasses(program, { maxRuns: 1 }).stopped).toBe("the limit of 1 runs is used up");
    let asked = 0;
    expect(checkClasses(program, { expired: () => ++asked > 1 })).toMatchObject({ runs: 1, stopped: "time is up" });
    expect(checkClasses(program)).toMatchObject({ runs: 2, stopped: undefined, verdict: "clean" });
  });

  it("but a violation met on the way is one", () => {
    const wrong: PlainThread = function* (k) {
      yield* k.mutexUnlock("m");
      yield* k.loop(null, function* () {
        yield* k.readOnce("x");
        return again(null);
      });
    };
    expect(checkClasses(plainProgram({ threads: [wrong] }))).toMatchObject({ verdict: "violation" });
  });
});

describe("plainProgram", () => {
  it("names its threads", () => {
    const names = (threads: Parameters<typeof plainProgram>[0]["threads"]): string[] =>
      plainProgram({ threads }).threads.map(({ name }) => name);
    expect(names([reader, writer])).toEqual(["t1", "t2"]);
    expect(names({ reader, writer })).toEqual(["reader", "writer"]);
  });

  it("says what is wrong with a program", () => {
    expect(() => plainProgram({ threads: [] })).toThrow(ScenarioError);
    expect(() => plainProgram({ init: { "a:b": 1 }, threads: [reader] })).toThrow(/"a:b"/);
  });
});

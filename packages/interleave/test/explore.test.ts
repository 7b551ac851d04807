import {
  createKernel,
  type Kernel,
  NO_STUCK,
  profile,
  type StateRule,
  type Steps,
  STOPPED,
  step,
  word,
} from "@faultline/mm";
import { describe, expect, it } from "vitest";
import { explore, NO_REDUCTION, switchesOf } from "../src/index.ts";
import { program } from "./toy.ts";

const k: Kernel = createKernel(profile("linux-6.6").knobs);

const store = (name: string, value: number) =>
  function* (): Steps<void> {
    yield* k.writeOnce(name, value);
  };

describe("explore", () => {
  it("sees the only bad state although the two writes touch different words: a rule belongs to its step", () => {
    const rule: StateRule = {
      name: "NEVER-Y-BEFORE-X",
      severity: "S0",
      wording: "never x = 0 and y = 1",
      source: "a test",
      watches: [word],
      check(state, report) {
        if (state.read(word.of("x")) === 0 && state.read(word.of("y")) === 1) report("word:y", "y before x");
      },
    };
    for (const persistentSets of [true, false]) {
      const result = explore(program([store("x", 1), store("y", 1)], { stateRules: [rule] }), { persistentSets });
      expect(result.verdict).toBe("violation");
      expect(result.findings.map(({ violation }) => violation.rule.name)).toEqual(["NEVER-Y-BEFORE-X"]);
      expect(result.findings[0]!.events).toEqual([{ task: 2, op: "write_once", args: ["y", 1] }]);
    }
  });

  it("may take independent writes in one order only", () => {
    const both = program([store("x", 1), store("y", 1)]);
    expect(explore(both, NO_REDUCTION).states).toBe(4);
    expect(explore(both, { macroSteps: false }).states).toBe(3);
  });

  it("finds the AB-BA deadlock, smallest run first, and says who waits where", () => {
    const locker = (first: string, second: string) =>
      function* (): Steps<void> {
        yield* k.mutexLock(first);
        yield* k.mutexLock(second);
        yield* k.mutexUnlock(second);
        yield* k.mutexUnlock(first);
      };
    const result = explore(program([locker("a", "b"), locker("b", "a")]));
    const [finding, order, ...more] = result.findings;
    expect([order!.violation.rule.name, order!.potential, more]).toEqual(["LOCK-ORDER", true, []]);
    expect(finding!.violation.rule).toBe(NO_STUCK);
    expect(finding!.violation.message).toBe("t1 waits in mutex_lock, t2 waits in mutex_lock");
    expect([finding!.events.length, finding!.switches, finding!.minimal]).toEqual([2, 1, true]);
  });

  it("lets a daemon wait for ever, and nobody else", () => {
    function* waiting(): Steps<void> {
      yield* k.waitEvent("go", 1);
    }
    expect(explore(program([store("x", 1), waiting])).verdict).toBe("violation");
    expect(explore(program([store("x", 1), waiting], { daemons: [2] })).verdict).toBe("clean");
  });

  it("refuses hundreds of threads in words, and stops in time with as many as it takes", () => {
    const many = (count: number) =>
      program(Array.from({ length: count }, (_, i) => () => k.writeOnce(`word${i % 7}`, 1)));
    expect(() => explore(many(3000))).toThrow("thread t257: is one too many: at most 256 of 3000 can be explored");
    let asked = 0;
    const result = explore(many(256), { budget: { expired: () => ++asked > 2 } });
    expect(result.verdict).toBe("inconclusive");
    expect(result.stopped).toBe("time is up");
  });

  it("ends a budget that is hit as inconclusive, never clean", () => {
    const wide = program(["a", "b", "c", "d"].map((name) => store(name, 1)));
    const result = explore(wide, { ...NO_REDUCTION, budget: { states: 5 } });
    expect(result.verdict).toBe("inconclusive");
    expect(result.stopped).toContain("5 states");
    expect(explore(wide, { ...NO_REDUCTION, budget: { transitions: 7 } }).stopped).toContain("7 transitions");
  });

  it("names what no run executed", () => {
    function* half(): Steps<void> {
      if ((yield* k.readOnce("never")) === 1) yield* k.putPage({ page: 0, gen: 1 });
    }
    expect(explore(program([half])).unreached).toEqual([{ thread: "t1", step: "put_page" }]);
  });

  it("ends a thread that is stopped, with what it holds", () => {
    const oops = step<[]>("test_oops", () => STOPPED);
    function* dying(): Steps<void> {
      yield* k.mutexLock("m");
      yield* oops();
      yield* k.mutexUnlock("m");
    }
    function* other(): Steps<void> {
      yield* k.mutexLock("m");
      yield* k.mutexUnlock("m");
    }
    const base = program([dying, other]);
    const steps = new Map(base.machine.steps).set("test_oops", oops);
    const result = explore({ ...base, machine: { ...base.machine, steps } });
    expect(result.findings.map(({ violation }) => violation.message)).toEqual(["t2 waits in mutex_lock"]);
  });

  it("counts switches between neighbouring events of different tasks", () => {
    expect(switchesOf([1, 1, 2, 1, 1].map((task) => ({ task })))).toBe(2);
    expect(switchesOf([])).toBe(0);
  });
});

describe("a fair rwsem", () => {
  function* reader(): Steps<void> {
    yield* k.downRead("s");
    yield* k.upRead("s");
  }
  function* writer(): Steps<void> {
    yield* k.downWrite("s");
    yield* k.downgradeWrite("s");
    yield* k.upRead("s");
  }

  it("leaves nobody waiting, in whatever order they come", () => {
    expect(explore(program([reader, reader, writer, writer])).verdict).toBe("clean");
  });

  it("lets a second read lock of the same task deadlock behind a waiting writer", () => {
    function* twice(): Steps<void> {
      yield* k.downRead("s");
      yield* k.downRead("s");
      yield* k.upRead("s");
      yield* k.upRead("s");
    }
    const result = explore(program([twice, writer]));
    const names = result.findings.map(({ violation }) => violation.rule.name);
    expect(names.sort()).toEqual(["LOCK-ORDER", "NO-STUCK"]);
  });

  it("fails a read trylock while a writer only waits", () => {
    function* holding(): Steps<void> {
      yield* k.downRead("s");
      yield* k.writeOnce("held", 1);
      yield* k.waitEvent("tried", 1);
      yield* k.upRead("s");
    }
    function* trying(): Steps<void> {
      yield* k.waitEvent("held", 1);
      yield* k.writeOnce("got", yield* k.downReadTrylock("s"));
      yield* k.writeOnce("tried", 1);
      if ((yield* k.readOnce("got")) === true) yield* k.upRead("s");
    }
    const got = new Set<string>();
    explore(program([holding, writer, trying]), {
      onTerminal: (_ending, state) => got.add(/word:got (\w+)/.exec(state())![1]!),
    });
    expect([...got].sort()).toEqual(["false", "true"]);
  });
});

import {
  again,
  createKernel,
  type Kernel,
  mmLife,
  mmUsers,
  profile,
  type Ref,
  refHolder,
  type Value,
} from "@faultline/mm";
import { describe, expect, it } from "vitest";
import { CountError, countRuns, plainProgram, type PlainThread, type Program } from "../src/index.ts";
import { program } from "./toy.ts";

const put: PlainThread = function* (k) {
  yield* k.refcountDecAndTest("obj");
};

/** Each thread holds a reference, and so does the set-up, if it keeps it. */
function holders(threads: readonly PlainThread[], kept: boolean): Program {
  const made = plainProgram({ threads });
  const held = threads.map((_, i): [Ref, Value] => [refHolder.of("obj", i + 1), 1]);
  const writes = new Map<Ref, Value>([...held, [refHolder.of("obj", 0), kept ? 1 : 0]]);
  return { ...made, initial: made.initial.with(writes) };
}

describe("puts that test whether they are the last", () => {
  it("where one can be, the order decides which: no count without the test", () => {
    const found = countRuns(holders([put, put], false));
    expect(found.puts).toEqual({ steps: ["refcount_dec_and_test"], last: true });
    expect([found.classes, found.classesWithoutTest]).toEqual([2n, undefined]);
  });

  it("where none can be, because the holder looked at first keeps its reference, the test makes no difference", () => {
    const found = countRuns(holders([put, put], true));
    expect(found.puts).toEqual({ steps: ["refcount_dec_and_test"], last: false });
    expect([found.classes, found.classesWithoutTest]).toEqual([1n, 1n]);
  });

  it("where none is but the test looks at those that go, it does", () => {
    // The third keeps its reference, and both puts look at the first one's before they get there.
    const keeps: PlainThread = function* (k) {
      yield* k.readOnce("x");
    };
    const found = countRuns(holders([put, put, keeps], false));
    expect(found.puts.last).toBe(false);
    expect([found.classes, found.classesWithoutTest]).toEqual([2n, 1n]);
  });

  it("a put that does not test is none", () => {
    const plain: PlainThread = function* (k) {
      yield* k.refcountDec("obj");
    };
    const found = countRuns(holders([plain, plain], false));
    expect(found.puts).toEqual({ steps: [], last: false });
    expect([found.classes, found.classesWithoutTest]).toEqual([1n, undefined]);
  });

  it("mmput_async does more than put when it is the last: it leaves the rest to a worker", () => {
    const k: Kernel = createKernel(profile("linux-6.6").knobs);
    const leave = (others: number): Program =>
      program(
        [
          function* () {
            yield* k.mmputAsync(0);
          },
        ],
        { initial: [[mmLife.of(0), "live"] as [Ref, Value], [mmUsers.of(0, 1), 1], [mmUsers.of(0, "proc"), others]] },
      );
    expect(countRuns(leave(0)).puts).toEqual({ steps: ["mmput_async"], last: true });
    expect(countRuns(leave(1)).puts).toEqual({ steps: ["mmput_async"], last: false });
  });
});

describe("what cannot be counted is refused", () => {
  const code = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      if (error instanceof CountError) return error.code;
      throw error;
    }
    return "counted";
  };
  const looping: PlainThread = function* (k) {
    yield* k.loop(null, function* () {
      yield* k.readOnce("x");
      return again(null);
    });
  };

  it("endless runs, too many states, too little time", () => {
    expect(code(() => countRuns(plainProgram({ threads: [looping] })))).toBe("E_COUNT_CYCLE");
    expect(code(() => countRuns(holders([put, put], true), { maxNodes: 2 }))).toBe("E_COUNT_BUDGET");
    const many = Array.from({ length: 12 }, (): PlainThread => put);
    expect(code(() => countRuns(holders(many, true), { expired: () => true }))).toBe("E_COUNT_TIME");
  });

  it("not a state in which many can go on", () => {
    const threads = Array.from(
      { length: 40 },
      (_, i): PlainThread =>
        function* (k) {
          if (i === 0) for (let t = 1; t < 40; t++) yield* k.waitEvent(`done${t}`, 1);
          else if (i > 1) yield* k.waitEvent(`done${i - 1}`, 1);
          yield* k.writeOnce(`done${i}`, 1);
        },
    );
    expect(countRuns(plainProgram({ threads })).classes).toBe(1n);
  });
});

import { again, createKernel, done, type Kernel, procedure, profile, type Steps } from "@faultline/mm";
import { describe, expect, it } from "vitest";
import { explore, NO_REDUCTION, ThreadError } from "../src/index.ts";
import { program } from "./toy.ts";

const k: Kernel = createKernel(profile("linux-6.6").knobs);

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ThreadError) return error.code;
    throw error;
  }
  return "no error";
}

describe("a thread's code", () => {
  it("that yields what is no step is told so", () => {
    function* forgotStar(): Steps<void> {
      yield k.readOnce("x") as never;
    }
    expect(codeOf(() => explore(program([forgotStar])))).toBe("E_THREAD_YIELD");
    function* number(): Steps<void> {
      yield 42 as never;
    }
    expect(() => explore(program([number]))).toThrow("t1: yielded 42, which is no step");
  });

  it("that throws is told so, with the cause", () => {
    function* throwing(): Steps<void> {
      yield* k.readOnce("x");
      throw new TypeError("alloc is not iterable");
    }
    expect(codeOf(() => explore(program([throwing])))).toBe("E_THREAD_THROWS");
  });

  it("that goes by chance or time is caught", () => {
    let tosses = 0;
    function* tossing(): Steps<void> {
      yield* k.readOnce("x");
      yield* tosses++ % 2 === 0 ? k.readOnce("y") : k.readOnce("z");
    }
    expect(codeOf(() => explore(program([tossing])))).toBe("E_NONDETERMINISM");
  });

  it("that carries something out of a frame behind its back is caught", () => {
    function* leaking(): Steps<void> {
      let seen: unknown = null;
      yield* k.frame(function* () {
        seen = yield* k.readOnce("x");
        return null;
      });
      if (seen === 1) yield* k.writeOnce("y", 1);
      yield* k.writeOnce("z", 1);
    }
    function* writing(): Steps<void> {
      yield* k.writeOnce("x", 1);
    }
    expect(codeOf(() => explore(program([leaking, writing])))).toBe("E_NONDETERMINISM");
  });

  it("that loops without a step is caught", () => {
    function* spinning(): Steps<void> {
      yield* k.loop(null, function* () {
        return again(null);
      });
    }
    expect(codeOf(() => explore(program([spinning])))).toBe("E_THREAD_ENDLESS");
  });
});

describe("frames", () => {
  const twoWays = procedure("two_ways", function* (_k: object) {
    return (yield* k.readOnce("x")) === 0 ? yield* k.readOnce("a") : yield* k.readOnce("b");
  });

  it("merge paths that rejoin: history inside a procedure is forgotten", () => {
    function* framed(): Steps<void> {
      yield* twoWays(k);
      yield* k.readOnce("c");
      yield* k.readOnce("d");
    }
    function* flat(): Steps<void> {
      if ((yield* k.readOnce("x")) === 0) yield* k.readOnce("a");
      else yield* k.readOnce("b");
      yield* k.readOnce("c");
      yield* k.readOnce("d");
    }
    function* writing(): Steps<void> {
      yield* k.writeOnce("x", 1);
    }
    const states = (thread: () => Steps<void>): number => explore(program([thread, writing]), NO_REDUCTION).states;
    expect([states(framed), states(flat)]).toEqual([11, 13]);
  });

  it("make an endless retry loop finite", () => {
    function* retrying(): Steps<void> {
      yield* k.loop(null, function* () {
        return (yield* k.spinTrylock("l")) ? done() : again(null);
      });
      yield* k.spinUnlock("l");
    }
    for (const persistentSets of [true, false]) {
      const result = explore(program([retrying, retrying, retrying]), { persistentSets });
      expect(result.verdict).toBe("clean");
      expect(result.states).toBeLessThan(40);
    }
  });

  it("carry a value round a loop", () => {
    function* counting(): Steps<void> {
      const sum = yield* k.loop({ i: 0, sum: 0 }, function* ({ i, sum }) {
        if (i === 3) return done(sum);
        return again({ i: i + 1, sum: sum + (yield* k.fetchAdd("n", 1)) });
      });
      yield* k.writeOnce("sum", sum);
    }
    const ends: string[] = [];
    explore(program([counting]), { ...NO_REDUCTION, onTerminal: (_ending, state) => ends.push(state()) });
    expect(ends).toEqual(["tasks 2\nword:n 3\nword:sum 3\n"]);
  });
});

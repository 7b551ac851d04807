import { again, createKernel, done, frame, type Kernel, loop, procedure, profile, type Steps } from "@faultline/mm";
import { describe, expect, it } from "vitest";
import { rewriteThread } from "../src/ablate/rewrite.ts";
import { ablate, ablationsOf, explore, type Program, runAblation, ThreadError } from "../src/index.ts";
import { program } from "./toy.ts";

const k: Kernel = createKernel(profile("linux-6.6").knobs);

const locked = procedure("locked", function* (of: Kernel, name: string) {
  yield* of.spinLock(name);
  const value = yield* of.readOnce(name);
  yield* of.spinUnlock(name);
  return value;
});

/** Calls, a loop that carries a value, and a frame. */
function* busy(): Steps<void> {
  yield* loop(0, function* (turn: number) {
    if ((yield* locked(k, "a")) === 1 || turn === 3) return done(turn);
    return again(turn + 1);
  });
  yield* frame(function* () {
    return (yield* k.fetchAdd("b", 1)) > 0;
  });
  yield* locked(k, "b");
}

function* setter(): Steps<void> {
  yield* k.writeOnce("a", 1);
  yield* k.fetchAdd("b", 1);
}

const mixed = (): Program => program([busy, setter]);

describe("a thread whose code is gone along with", () => {
  it("has the same states and transitions, frames and all", () => {
    const plain = explore(mixed(), { persistentSets: false });
    for (const task of [1, 2]) {
      const { states, transitions, verdict } = explore(
        rewriteThread(mixed(), task, () => ({})),
        { persistentSets: false },
      );
      expect({ states, transitions, verdict }).toEqual({
        states: plain.states,
        transitions: plain.transitions,
        verdict: plain.verdict,
      });
    }
  });

  it("is still told what it does wrong", () => {
    const wrong = (body: () => unknown): Program => program([body as () => Steps<unknown>]);
    const run = (body: () => unknown) => (): unknown => explore(rewriteThread(wrong(body), 1, () => ({})));
    const yields = function* (): Generator {
      yield "no step";
    };
    const noTurn = function* (): Steps<void> {
      yield* loop(0, function* () {
        yield* k.readOnce("a");
        return 7 as never;
      });
    };
    expect(run(yields)).toThrow(ThreadError);
    expect(run(noTurn)).toThrow(/again\(carried\) or done\(result\)/);
  });
});

describe("what is left out", () => {
  it("is the lock with its release, also where it is taken twice", () => {
    const twice = function* (): Steps<void> {
      yield* locked(k, "a");
      yield* locked(k, "a");
    };
    const all = program([twice, setter]);
    const { ablations } = ablationsOf(all);
    expect(ablations.map(({ thread, kind, what, procedures }) => [thread, kind, what, procedures])).toEqual([
      ["t1", "lock", "a spin", ["locked"]],
    ]);
    const left = explore(ablate(all, ablations[0]!), { persistentSets: false });
    expect(left.findings).toEqual([]);
    // The longest run lacks four steps: two acquisitions, two releases.
    expect(left.depth).toBe(explore(all, { persistentSets: false }).depth - 4);
  });

  it("is no trylock's failure: the thread goes on as if it had the lock", () => {
    const trying = function* (): Steps<void> {
      if (!(yield* k.spinTrylock("l"))) return;
      yield* k.writeOnce("a", 1);
      yield* k.spinUnlock("l");
    };
    const { ablations } = ablationsOf(program([trying, trying]));
    expect(ablations.map(({ thread, steps }) => [thread, steps])).toEqual([
      ["t1", ["spin_trylock", "spin_unlock"]],
      ["t2", ["spin_trylock", "spin_unlock"]],
    ]);
    const left = explore(ablate(program([trying, trying]), ablations[0]!), { persistentSets: false });
    expect(left.findings).toEqual([]);
    expect(left.verdict).toBe("clean");
  });

  it("is a check where results differ in what comes after, and is answered so that most comes after", () => {
    const checking = function* (): Steps<void> {
      if ((yield* k.readOnce("a")) === 1) return;
      yield* k.writeOnce("b", 1);
      yield* k.writeOnce("c", 1);
    };
    const data = function* (): Steps<void> {
      yield* k.writeOnce("d", yield* k.readOnce("a"));
    };
    const { ablations } = ablationsOf(program([checking, setter, data]));
    expect(ablations.map(({ thread, kind, plan }) => [thread, kind, plan])).toEqual([
      ["t1", "check", { kind: "constant", procedure: null, op: "read_once", answers: [{ args: ["a"], result: 0 }] }],
    ]);
  });

  it("may make a program that cannot be run: that is a result", () => {
    const fragile = function* (): Steps<void> {
      if ((yield* k.readOnce("a")) !== 0) return;
      const seen = yield* k.readOnce("a");
      if (seen !== 0) {
        yield* k.fetchAdd("b", 1);
        throw new Error("never meant to get here");
      }
      yield* k.writeOnce("b", 1);
      yield* k.writeOnce("b", 2);
    };
    const safe = function* (): Steps<void> {
      yield* k.spinLock("l");
      yield* k.writeOnce("a", 1);
      yield* k.writeOnce("a", 0);
      yield* k.spinUnlock("l");
    };
    const guarded = function* (): Steps<void> {
      yield* k.spinLock("l");
      yield* fragile();
      yield* k.spinUnlock("l");
    };
    const all = program([guarded, safe]);
    expect(explore(all).verdict).toBe("clean");
    const { ablations } = ablationsOf(all);
    const result = runAblation(
      all,
      ablations.find(({ task }) => task === 1)!,
      [],
    );
    expect(result).toMatchObject({ verdict: "error", rules: [], exploration: undefined });
    expect(result.reason).toContain("never meant to get here");
  });

  it("says when the budget ended first", () => {
    const all = program([() => busy(), setter]);
    const { ablations, stopped } = ablationsOf(all, { budget: { states: 5 } });
    expect(stopped).toContain("budget");
    const full = ablationsOf(all).ablations;
    expect(full.length).toBeGreaterThanOrEqual(ablations.length);
    expect(runAblation(all, full[0]!, [], { budget: { states: 5 } }).verdict).toBe("inconclusive");
  });
});

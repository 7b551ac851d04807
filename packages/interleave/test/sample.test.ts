import { createKernel, createMachine, type Kernel, profile, step, type Steps } from "@faultline/mm";
import { describe, expect, it } from "vitest";
import {
  countRuns,
  explore,
  exploreClasses,
  NO_REDUCTION,
  plainProgram,
  RandomStream,
  sample,
  switchesOf,
} from "../src/index.ts";
import { program } from "./toy.ts";

const k: Kernel = createKernel(profile("linux-6.6").knobs);

function locker(first: string, second: string): () => Steps<void> {
  return function* () {
    yield* k.mutexLock(first);
    yield* k.readOnce("work");
    yield* k.mutexLock(second);
    yield* k.mutexUnlock(second);
    yield* k.mutexUnlock(first);
  };
}

describe("random numbers", () => {
  it("are the same for the same seed, and cover their range evenly", () => {
    const draw = (seed: number): number[] => {
      const random = new RandomStream(seed);
      return Array.from({ length: 5 }, () => random.below(1000));
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    const random = new RandomStream(7);
    const counts = [0, 0, 0, 0, 0];
    for (let i = 0; i < 10_000; i++) counts[random.below(5)]!++;
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
    expect(new RandomStream(3).shuffled(6).sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe("sample", () => {
  const deadlocking = program([locker("a", "b"), locker("b", "a")]);

  it("finds what is there, and gives the seed that finds it alone", () => {
    for (const strategy of ["walk", { pct: 2 }] as const) {
      const result = sample(deadlocking, { strategy, runs: 200 });
      expect(result.verdict).toBe("violation");
      const [finding] = result.findings;
      expect(finding!.violation.rule.name).toBe("NO-STUCK");
      expect(finding!.switches).toBe(switchesOf(finding!.events));
      const again = sample(deadlocking, { strategy, runs: 1, seed: finding!.seed });
      expect(again.findings[0]!.events).toEqual(finding!.events);
    }
  });

  it("never says clean, and sees no more than there is", () => {
    const fine = program([locker("a", "b"), locker("a", "b")]);
    const result = sample(fine, { strategy: "walk", runs: 300 });
    expect(result.verdict).toBe("sampled");
    expect(result.states).toBe(explore(fine, NO_REDUCTION).states);
    expect(BigInt(result.classes)).toBe(countRuns(fine).classes);
  });

  it("states the bound of PCT", () => {
    const result = sample(deadlocking, { strategy: { pct: 2 }, runs: 50 });
    expect(result.bound).toEqual({ chance: 1 / (2 * 10), threads: 2, steps: 10, depth: 2 });
    expect(sample(deadlocking, { strategy: "walk", runs: 1 }).bound).toBeUndefined();
  });

  it("keeps it", () => {
    const seeds = Array.from({ length: 400 }, (_, i) => i);
    const met = seeds.filter((seed) => {
      const { findings } = sample(deadlocking, { strategy: { pct: 2 }, runs: 1, seed });
      return findings.some(({ violation }) => violation.rule.name === "NO-STUCK");
    });
    expect(met.length / seeds.length).toBeGreaterThan(1 / (2 * 10));
  });

  it("tells classes apart by the choices of their steps too", () => {
    const fair = plainProgram({
      rwsem: "fair",
      threads: [
        function* (k) {
          yield* k.downRead("s");
          yield* k.upRead("s");
        },
        function* (k) {
          yield* k.downWrite("s");
          yield* k.upWrite("s");
        },
        function* (k) {
          yield* k.downWrite("s");
          yield* k.upWrite("s");
        },
      ],
    });
    const { classes } = sample(fair, { strategy: "walk", runs: 3000 });
    expect(BigInt(classes)).toBe(countRuns(fair).classes);
  });

  it("tells classes apart by choices that leave no other trace", () => {
    const flip = step("flip", (tx) => (tx.choose("heads", "tails") === "heads" ? 0 : 1));
    const machine = createMachine({ steps: [flip], stateRules: [], endRules: [] });
    const flipping = { ...program([() => flip(), () => flip()]), machine };
    expect(sample(flipping, { strategy: "walk", runs: 100 }).classes).toBe(4);
    expect(countRuns(flipping).classes).toBe(4n);
    expect(exploreClasses(flipping)).toMatchObject({ runs: 4, blocked: 0 });
  });

  it("reports an order of locks that no run made a deadlock of", () => {
    const inOrder = program([
      function* () {
        yield* locker("a", "b")();
        yield* locker("b", "a")();
      },
    ]);
    const { findings } = sample(inOrder, { runs: 1, seed: 9 });
    expect(findings.map(({ violation, potential, seed }) => [violation.rule.name, potential, seed])).toEqual([
      ["LOCK-ORDER", true, 9],
    ]);
  });

  it("says when time was up", () => {
    let asked = 0;
    const result = sample(deadlocking, { runs: 10, expired: () => ++asked > 3 });
    expect([result.runs, result.stopped]).toEqual([3, "time is up after 3 of 10 runs"]);
  });

  it("cuts endless runs off and says how many", () => {
    function* spinning(): Steps<void> {
      yield* k.loop(null, function* () {
        yield* k.readOnce("x");
        return { again: null };
      });
    }
    const result = sample(program([spinning]), { runs: 3, maxSteps: 50 });
    expect([result.runs, result.cut]).toEqual([3, 3]);
  });
});

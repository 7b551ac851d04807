import { countRuns, explore, NO_REDUCTION } from "@faultline/interleave";
import { describe, expect, it } from "vitest";
import scaling from "../packages/cli/src/bench/scaling.scenario.ts";
import { byLockModes, published, scalingProgram } from "./published/scaling-counts.ts";

describe("the scaling scenario has the published numbers", () => {
  it.each(published)(
    "n=$n p=$p: $states states, $nodes nodes, $classes classes",
    ({ n, p, states, nodes, classes }) => {
      const program = scalingProgram({ n, p });
      const explored = explore(program, NO_REDUCTION);
      expect({ verdict: explored.verdict, states: explored.states }).toEqual({ verdict: "clean", states });
      const counted = countRuns(program, { dependence: byLockModes });
      expect({ states: counted.states, nodes: counted.nodes, classes: counted.classes }).toEqual({
        states,
        nodes,
        classes,
      });
      // Observed footprints commute where lock modes conflict, and never the other way round.
      const observed = countRuns(program);
      expect(observed.classes).toBeLessThanOrEqual(classes);
      expect(observed.interleavings).toBe(counted.interleavings);
    },
  );

  it("reaches the same verdict in fewer states by persistent sets", () => {
    const reduced = explore(scalingProgram({ n: 3, p: 1 }));
    expect(reduced.verdict).toBe("clean");
    expect(reduced.states).toBeLessThan(12_000);
  });

  it("runs each reducer once per footprint", () => {
    expect(explore(scalingProgram({ n: 3, p: 2 }), NO_REDUCTION).reducerRuns).toBeLessThan(200);
  });
});

describe("up to an exchange of the faulters", () => {
  it.each([
    [1, 780],
    [2, 2_693],
    [3, 7_143],
    [4, 16_047],
    [5, 32_105],
  ])("%i faulters have the published %i states", (n, states) => {
    const explored = explore(scalingProgram({ n, p: 1 }), { ...NO_REDUCTION, symmetry: true });
    expect({ verdict: explored.verdict, states: explored.states }).toEqual({ verdict: "clean", states });
  });

  it("those of other pages are others", () => {
    const { alike } = explore(scalingProgram({ n: 5, p: 2 })).reductions;
    expect(alike).toEqual([
      ["faulter0", "faulter2", "faulter4"],
      ["faulter1", "faulter3"],
    ]);
  });
});

describe("the work that reductions leave, to the last transition", () => {
  // Answers rarely show that a reduction leaves out too much: the work does. A condition that changes, changes these.
  it.each([
    [{ sleepSets: true }, [28_861, 39_330, 39_330]],
    [{ sleepSets: true, symmetry: true }, [7_143, 14_235, 14_235]],
    [{ persistentSets: true, sleepSets: true }, [4_482, 5_187, 10_187]],
    [{ persistentSets: true, symmetry: true }, [2_192, 3_489, 7_991]],
    [{ persistentSets: true, sleepSets: true, symmetry: true }, [1_544, 2_080, 3_699]],
    [{ persistentSets: true, sleepSets: true, symmetry: true, macroSteps: true }, [413, 2_910, 4_690]],
  ])("%o: %j states, transitions, and those of all passes", (options, work) => {
    const explored = explore(scalingProgram({ n: 3, p: 1 }), { ...NO_REDUCTION, ...options });
    expect([explored.states, explored.transitions, explored.totalTransitions]).toEqual(work);
  });
});

describe("with per-VMA locks", () => {
  const explored = (variant: string): ReturnType<typeof explore> => explore(scaling.instantiate(variant).program);

  it.each(["n1p1-vma-lock", "n2p1-vma-lock", "n2p2-vma-lock", "n3p1-vma-lock"])("%s is clean", (variant) => {
    const { verdict, unreached } = explored(variant);
    expect({ verdict, unreached }).toEqual({ verdict: "clean", unreached: [] });
  });

  it.each([
    // As mm.pml's BUG=1 and BUG=2.
    ["n2p1-vma-lock-munmap-does-not-wait", ["faulter0", "faulter1"]],
    ["n2p1-vma-lock-stale-lookup", ["shrinker"]],
  ])("%s: a use after free, by %o", (variant, threads) => {
    const { program } = scaling.instantiate(variant);
    const { verdict, findings } = explore(program);
    expect(verdict).toBe("violation");
    expect(new Set(findings.map(({ violation }) => violation.rule.name))).toEqual(new Set(["HEAP-LIVE"]));
    expect(findings.map(({ violation }) => violation.object)).toEqual(
      expect.arrayContaining(["heap:tables", "heap:vma"]),
    );
    const tasks = new Set(findings.map(({ violation }) => violation.task));
    expect(program.threads.filter(({ task }) => tasks.has(task)).map(({ name }) => name)).toEqual(threads);
  });
});

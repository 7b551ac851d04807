import { countRuns, explore } from "@faultline/interleave";
import { describe, expect, it } from "vitest";
import { byLockModes, published, scalingProgram } from "./published/scaling-counts.ts";

describe("the scaling scenario has the published numbers", () => {
  it.each(published)(
    "n=$n p=$p: $states states, $nodes nodes, $classes classes",
    ({ n, p, states, nodes, classes }) => {
      const program = scalingProgram({ n, p });
      const explored = explore(program, { persistentSets: false });
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
    expect(explore(scalingProgram({ n: 3, p: 2 }), { persistentSets: false }).reducerRuns).toBeLessThan(200);
  });
});

import {
  countRuns,
  type Dependence,
  explore,
  NO_REDUCTION,
  type Program,
  type Transition,
} from "@faultline/interleave";
import { describe, expect, it } from "vitest";
import scaling from "../packages/cli/src/bench/scaling.scenario.ts";

// Counts of an independent program over the same steps: states without reduction, pairs of state and sleep set, and
// Mazurkiewicz classes under a dependence by lock modes, in which shared acquisitions and plain counting commute.
const published = [
  { n: 1, p: 1, states: 780, nodes: 1_039, classes: 27n },
  { n: 2, p: 1, states: 4_665, nodes: 6_767, classes: 169n },
  { n: 3, p: 1, states: 28_861, nodes: 44_269, classes: 1_245n },
  { n: 1, p: 2, states: 3_137, nodes: 4_312, classes: 127n },
  { n: 2, p: 2, states: 18_481, nodes: 28_166, classes: 919n },
  { n: 1, p: 3, states: 8_836, nodes: 12_268, classes: 427n },
];

const instance = (n: number, p: number): Program => scaling.instantiate(`n${n}p${p}`).program;

type Access = readonly [object: string, mode: "R" | "W" | "S" | "X" | "A" | "RA"];

/** What a step of the scenario does to which object, in the words of the published dependence. */
function accesses({ event: { op, args }, leaf }: Transition): readonly Access[] {
  const [first, second] = args as [string | string[], Record<string, unknown>];
  switch (op) {
    case "down_write":
    case "downgrade_write":
      return [["mm", "X"]];
    case "down_read":
    case "down_read_trylock":
    case "up_read":
      return [["mm", "S"]];
    case "spin_lock":
    case "spin_unlock":
      return [[String(first), "X"]];
    case "read_once":
      return [[String(first), "R"]];
    case "write_once":
      return [[String(first), "W"]];
    case "access":
      return [
        ...(first as string[]).map((name): Access => [name, "R"]),
        ...Object.keys(second).map((name): Access => [name, "W"]),
      ];
    case "refcount_inc_not_zero":
      return [["users", leaf.result === true ? "RA" : "R"]];
    case "refcount_dec":
      return [["users", "A"]];
    default:
      throw new Error(`the published dependence says nothing of ${op}`);
  }
}

const byLockModes: Dependence = (a, b) =>
  a.thread === b.thread ||
  accesses(a).some(([object, mode]) =>
    accesses(b).some(([other, otherMode]) => object === other && !(mode === otherMode && "RSA".includes(mode))),
  );

describe("the scaling scenario has the published numbers", () => {
  it.each(published)(
    "n=$n p=$p: $states states, $nodes nodes, $classes classes",
    ({ n, p, states, nodes, classes }) => {
      const program = instance(n, p);
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
    const reduced = explore(instance(3, 1));
    expect(reduced.verdict).toBe("clean");
    expect(reduced.states).toBeLessThan(12_000);
  });

  it("runs each reducer once per footprint", () => {
    expect(explore(instance(3, 2), NO_REDUCTION).reducerRuns).toBeLessThan(200);
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

import type { Dependence, Program, Transition } from "@faultline/interleave";
import scaling from "../../packages/cli/src/bench/scaling.scenario.ts";

// Counts of an independent program over the same steps: states without reduction, pairs of state and sleep set, and
// Mazurkiewicz classes under a dependence by lock modes, in which shared acquisitions and plain counting commute.

export interface ScalingRow {
  readonly n: number;
  readonly p: number;
  readonly states: number;
  readonly nodes: number;
  readonly classes: bigint;
}

/** What every run of the tests counts. */
export const published: readonly ScalingRow[] = [
  { n: 1, p: 1, states: 780, nodes: 1_039, classes: 27n },
  { n: 2, p: 1, states: 4_665, nodes: 6_767, classes: 169n },
  { n: 3, p: 1, states: 28_861, nodes: 44_269, classes: 1_245n },
  { n: 1, p: 2, states: 3_137, nodes: 4_312, classes: 127n },
  { n: 2, p: 2, states: 18_481, nodes: 28_166, classes: 919n },
  { n: 1, p: 3, states: 8_836, nodes: 12_268, classes: 427n },
];

/** What takes long: for `npm run published`. */
export const largePublished: readonly ScalingRow[] = [
  { n: 2, p: 3, states: 55_944, nodes: 88_291, classes: 4_287n },
  { n: 3, p: 2, states: 127_053, nodes: 205_042, classes: 9_062n },
  { n: 4, p: 1, states: 183_849, nodes: 294_353, classes: 10_889n },
  { n: 3, p: 3, states: 344_708, nodes: 563_282, classes: 39_387n },
  { n: 5, p: 1, states: 1_197_901, nodes: 2_004_380, classes: 112_925n },
];

/** The scaling scenario with so many faulters and pages. */
export function scalingProgram({ n, p }: Pick<ScalingRow, "n" | "p">): Program {
  return scaling.instantiate(`n${n}p${p}`).program;
}

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

/** The published dependence. */
export const byLockModes: Dependence = (a, b) =>
  a.thread === b.thread ||
  accesses(a).some(([object, mode]) =>
    accesses(b).some(([other, otherMode]) => object === other && !(mode === otherMode && "RSA".includes(mode))),
  );

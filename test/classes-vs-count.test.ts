import { CountError, countRuns, exploreClasses, type Program, type SchedulingOrder } from "@faultline/interleave";
import { violationKey } from "@faultline/mm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bruteForce, type BruteForce } from "./oracle/brute-force.ts";
import { choiceProgram } from "./oracle/choice-program.ts";
import { foata } from "./oracle/foata.ts";
import type { ProgramText } from "./oracle/program-text.ts";
import { randomProgram } from "./oracle/random-program.ts";
import { toProgram } from "./oracle/to-program.ts";

const orders: readonly SchedulingOrder[] = ["oldest", "newest", { seed: 5 }];
const maxClasses = 400n;

/** The number of classes of a program whose runs all end, not too many of them. */
function classesOf(program: Program): bigint | undefined {
  try {
    return countRuns(program, { maxNodes: 4000 }).classes;
  } catch (error) {
    if (error instanceof CountError) return undefined;
    throw error;
  }
}

/** Explores by classes; checks the number of runs and what they show. @returns whether some step had a choice */
function compare(program: Program, order: SchedulingOrder, counted: bigint, found: BruteForce): boolean {
  const forms = new Set<string>();
  const ends = new Set<string>();
  const broken = new Set<string>();
  let chose = false;
  const { runs, blocked, stopped } = exploreClasses(program, {
    order,
    // One too many shows as well as endlessly many.
    maxRuns: Number(counted) + 1,
    onRun(run, space) {
      forms.add(foata(run));
      ends.add(space.snapshot().encode());
      for (const { leaf } of run) {
        if (leaf.choice !== undefined) chose = true;
        for (const violation of leaf.violations) broken.add(`${violation.task} ${violationKey(violation)}`);
      }
    },
  });
  const all = { runs: counted, forms: counted, blocked: 0, stopped: undefined };
  expect({ runs: BigInt(runs), forms: BigInt(forms.size), blocked, stopped }, JSON.stringify(order)).toEqual(all);
  expect([...ends].sort()).toEqual([...new Set([...found.finals, ...found.deadlocks])].sort());
  const steps = [...found.violations.keys()].filter((key) => !key.includes(" end ")).sort();
  expect([...broken].sort()).toEqual(steps);
  return chose;
}

describe("one run per class: as many as counted, all different, none blocked, and they miss nothing", () => {
  it.each([
    { kind: "random programs", generator: randomProgram, seed: 20_260_201, programs: 2000, choosing: 400 },
    { kind: "programs full of choices and waits", generator: choiceProgram, seed: 1, programs: 1500, choosing: 1000 },
  ])("on $kind", { timeout: 900_000 }, ({ generator, seed, programs, choosing }) => {
    let [checked, classes, chose, deadlocking, violating] = [0, 0n, 0, 0, 0];
    const property = fc.property<[ProgramText]>(generator, (text) => {
      const program = toProgram(text);
      const counted = classesOf(program);
      fc.pre(counted !== undefined && counted <= maxClasses);
      const found = bruteForce(program, 4000);
      fc.pre(found !== undefined);
      const choices = orders.map((order) => compare(program, order, counted, found));
      checked++;
      classes += counted;
      if (choices.includes(true)) chose++;
      if (found.deadlocks.size > 0) deadlocking++;
      if (found.violations.size > 0) violating++;
    });
    fc.assert(property, { seed, numRuns: programs });
    console.log(
      `seed ${seed}: ${checked} programs, ${chose} with choices, ${classes} classes, ${deadlocking} deadlocking, ` +
        `${violating} violating`,
    );
    expect(checked).toBe(programs);
    expect(chose).toBeGreaterThanOrEqual(choosing);
    expect(deadlocking).toBeGreaterThanOrEqual(checked / 10);
  });
});

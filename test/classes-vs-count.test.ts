import {
  CountError,
  countRuns,
  exploreClasses,
  type Program,
  type SchedulingOrder,
  type Transition,
} from "@faultline/interleave";
import { violationKey } from "@faultline/mm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bruteForce } from "./oracle/brute-force.ts";
import { randomProgram } from "./oracle/random-program.ts";
import { toProgram } from "./oracle/to-program.ts";

const orders: readonly SchedulingOrder[] = ["oldest", "newest", { seed: 5 }];
const maxClasses = 400n;

/** Foata's normal form: events in layers, each as early as what it depends on allows. Equal for equivalent runs only. */
function foata(run: readonly Transition[]): string {
  const layers: number[] = [];
  const names = run.map((event, i) => {
    let layer = 0;
    for (let j = 0; j < i; j++) {
      const before = run[j]!;
      const depends =
        before.thread === event.thread ||
        before.leaf.written.meets(event.leaf.touched) ||
        event.leaf.written.meets(before.leaf.touched);
      if (depends) layer = Math.max(layer, layers[j]! + 1);
    }
    layers.push(layer);
    return `${String(layer).padStart(3, "0")} ${JSON.stringify(event.event)}`;
  });
  return names.sort().join("\n");
}

/** The number of classes of a program whose runs all end, not too many of them. */
function classesOf(program: Program): bigint | undefined {
  try {
    return countRuns(program, { maxNodes: 4000 }).classes;
  } catch (error) {
    if (error instanceof CountError) return undefined;
    throw error;
  }
}

describe("one run per class", () => {
  it(
    "on random programs: as many as counted, all different, none blocked, and they miss nothing",
    { timeout: 300_000 },
    () => {
      const seed = 20_260_201;
      let [programs, classes, deadlocking, violating] = [0, 0n, 0, 0];
      const property = fc.property(randomProgram, (text) => {
        const program = toProgram(text);
        const counted = classesOf(program);
        fc.pre(counted !== undefined && counted <= maxClasses);
        const found = bruteForce(program, 4000);
        fc.pre(found !== undefined);
        for (const order of orders) {
          const forms = new Set<string>();
          const ends = new Set<string>();
          const broken = new Set<string>();
          const { runs, blocked } = exploreClasses(program, {
            order,
            onRun(run, space) {
              forms.add(foata(run));
              ends.add(space.snapshot().encode());
              for (const { leaf } of run) {
                for (const violation of leaf.violations) broken.add(`${violation.task} ${violationKey(violation)}`);
              }
            },
          });
          expect({ order, runs: BigInt(runs), blocked, forms: BigInt(forms.size) }).toEqual({
            order,
            runs: counted,
            blocked: 0,
            forms: counted,
          });
          expect([...ends].sort()).toEqual([...new Set([...found.finals, ...found.deadlocks])].sort());
          const steps = [...found.violations.keys()].filter((key) => !key.includes(" end ")).sort();
          expect([...broken].sort()).toEqual(steps);
        }
        programs++;
        classes += counted;
        if (found.deadlocks.size > 0) deadlocking++;
        if (found.violations.size > 0) violating++;
      });
      fc.assert(property, { seed, numRuns: 2000 });
      console.log(
        `seed ${seed}: ${programs} programs, ${classes} classes, ${deadlocking} deadlocking, ${violating} violating`,
      );
      expect(programs).toBeGreaterThanOrEqual(2000);
    },
  );
});

import { CountError, countRuns, exploreClasses, type Program, type SchedulingOrder, type Transition } from "@faultline/interleave";
import fc from "fast-check";
import { expect, it } from "vitest";
import { choiceProgram } from "./oracle/choice-program.ts";
import { randomProgram } from "./oracle/random-program.ts";
import { toProgram } from "./oracle/to-program.ts";
const orders: readonly SchedulingOrder[] = ["oldest", "newest", { seed: 5 }];
const gen = process.env.GEN === "random" ? randomProgram : choiceProgram;
const N = Number(process.env.N ?? 2000), MAXC = BigInt(process.env.MAXC ?? 400), seed = Number(process.env.SEED ?? 1);
it("fuzz", { timeout: 3_000_000 }, () => {
  let [programs, classes, choices, dead] = [0, 0n, 0,0];
  fc.assert(fc.property(gen, (text) => {
    const program = toProgram(text);
    let counted;
    try { counted = countRuns(program, { maxNodes: 20000 }).classes; } catch (e) { if (!(e instanceof CountError)) throw e; }
    fc.pre(counted !== undefined && counted <= MAXC);
    let any = false;
    for (const order of orders) {
      const { runs, blocked, stopped } = exploreClasses(program, { order, onRun(run) { if (run.some(({ leaf }) => leaf.choice !== undefined)) any = true; } });
      expect({ order, runs: BigInt(runs), blocked, stopped }).toEqual({ order, runs: counted, blocked: 0, stopped: undefined });
    }
    programs++; classes += counted; if (any) choices++;
  }), { seed, numRuns: N, maxSkipsPerRun: 1000 });
  console.log({ seed, programs, classes, choices });
});

import {
  type Checkpoint,
  CheckpointError,
  type Exploration,
  explore,
  type ExploreOptions,
} from "@faultline/interleave";
import type { Program } from "@faultline/interleave";
import { gallery } from "@faultline/gallery";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import scaling from "../packages/cli/src/bench/scaling.scenario.ts";
import { randomProgram } from "./oracle/random-program.ts";
import { toProgram } from "./oracle/to-program.ts";

/** What must not depend on interruptions. */
function outcomeOf(exploration: Exploration): object {
  const { verdict, stopped, findings, states, transitions, totalTransitions, passes, depth } = exploration;
  const { reductions, unreached } = exploration;
  return { verdict, stopped, findings, states, transitions, totalTransitions, passes, depth, reductions, unreached };
}

/** A checkpoint as another process would get it. */
function carried(checkpoint: Checkpoint): Checkpoint {
  return structuredClone(checkpoint);
}

/** Explores in pieces of so many transitions, each but the first from the checkpoint of the one before. */
function inPieces(program: Program, options: ExploreOptions, piece: number): { last: Exploration; pieces: number } {
  let resume: Checkpoint | undefined;
  for (let pieces = 1; ; pieces++) {
    const budget = { transitions: pieces * piece };
    const last = explore(program, { ...options, budget, ...(resume === undefined ? {} : { resume }) });
    if (last.stopped === undefined) return { last, pieces };
    resume = carried(last.checkpoint!);
  }
}

describe("an exploration that is interrupted and resumed", () => {
  it("comes to the same answer on random programs", { timeout: 300_000 }, () => {
    const seed = 20_261_128;
    let interruptions = 0;
    const property = fc.property(randomProgram, fc.integer({ min: 7, max: 60 }), (text, piece) => {
      const program = toProgram(text);
      const options: ExploreOptions = { minimizeBudget: 2000 };
      const whole = explore(program, { ...options, budget: { transitions: 4000 } });
      fc.pre(whole.stopped === undefined && whole.collisionLog2 > -Infinity);
      const { last, pieces } = inPieces(program, options, piece);
      expect(outcomeOf(last)).toEqual(outcomeOf(whole));
      interruptions += pieces - 1;
    });
    fc.assert(property, { seed, numRuns: 200 });
    console.log(`seed ${seed}: ${interruptions} interruptions`);
    expect(interruptions).toBeGreaterThan(200);
  });

  it.each(["G01", "G02", "G05"])("comes to the same answer on %s, with whole states too", (id) => {
    const { scenario } = gallery.find((entry) => entry.id === id)!;
    for (const variant of scenario.variants) {
      const { program } = scenario.instantiate(variant);
      for (const options of [{}, { fullKeys: true }, { persistentSets: false, macroSteps: false }]) {
        const { last, pieces } = inPieces(program, options, 97);
        expect(outcomeOf(last)).toEqual(outcomeOf(explore(program, options)));
        expect(pieces).toBeGreaterThan(1);
      }
    }
  });

  it("comes to the same answer with interchangeable threads", () => {
    const { program } = scaling.instantiate("n4p1");
    const { last, pieces } = inPieces(program, {}, 1500);
    expect(outcomeOf(last)).toEqual(outcomeOf(explore(program)));
    expect(pieces).toBeGreaterThan(3);
  });

  it("is refused for another program, other reductions, or when it is damaged", () => {
    const { program } = scaling.instantiate("n3p1");
    const { checkpoint } = explore(program, { budget: { transitions: 2000 } });
    const resume = carried(checkpoint!);
    expect(() => explore(scaling.instantiate("n2p1").program, { resume })).toThrow(CheckpointError);
    expect(() => explore(program, { resume, sleepSets: false })).toThrow("other reductions");
    const [first, ...rest] = resume.levels;
    const damaged = { ...resume, levels: [{ ...first!, transitions: [[7, null] as const] }, ...rest] };
    expect(() => explore(program, { resume: damaged })).toThrow(CheckpointError);
    const foreign = { ...resume, space: { ...resume.space, slots: ["nothing:0", ...resume.space.slots] } };
    expect(() => explore(program, { resume: foreign })).toThrow("no component of this version");
  });
});

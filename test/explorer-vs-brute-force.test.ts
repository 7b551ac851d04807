import { type ExploreOptions, NO_REDUCTION, type Program } from "@faultline/interleave";
import { violationKey } from "@faultline/mm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Answer, answerOf, exploreBy, isUnreduced, switchedBy, upTo } from "./oracle/answers.ts";
import { bruteForce, type BruteForce } from "./oracle/brute-force.ts";
import { diamonds, footprintOf } from "./oracle/diamond.ts";
import type { ProgramText } from "./oracle/program-text.ts";
import { randomProgram } from "./oracle/random-program.ts";
import { toProgram } from "./oracle/to-program.ts";
import { cell } from "./oracle/toy-machine.ts";
import { withinPreemptions } from "./oracle/within-preemptions.ts";
import { follow } from "./oracle/world.ts";

const maxStates = 1500;
/** A pass that learns for ever should fail, not hang. */
const budget = { transitions: 200_000 };

/** Runs a property on programs that brute force can exhaust. */
function forPrograms(seed: number, numRuns: number, check: (program: Program, found: BruteForce) => void): void {
  const property = fc.property(randomProgram, (text) => {
    const program = toProgram(text);
    const found = bruteForce(program, maxStates);
    fc.pre(found !== undefined);
    check(program, found);
  });
  fc.assert(property, { seed, numRuns });
}

const percent = (part: number, whole: number): number => Math.round((100 * part) / whole);

describe("the explorer gives what brute force gives", () => {
  it("on random programs, with every combination of its switches", { timeout: 600_000 }, () => {
    const seed = 20_260_116;
    let [programs, violating, deadlocking, reduced, states, kept] = [0, 0, 0, 0, 0, 0];
    const symmetric = new Set<Program>();
    forPrograms(seed, 1000, (program, found) => {
      const expected = answerOf(found);
      let fewest = Infinity;
      for (const options of switchedBy) {
        const { exploration, ...answer } = exploreBy({ budget, ...options }, program);
        const by = JSON.stringify(options);
        const { alike } = exploration.reductions;
        expect(upTo(program, alike, answer), by).toEqual(upTo(program, alike, expected));
        if (alike.length > 0) symmetric.add(program);
        if (isUnreduced(options)) {
          expect({ states: exploration.states, transitions: exploration.transitions }, by).toEqual({
            states: found.states,
            transitions: found.transitions,
          });
        }
        fewest = Math.min(fewest, exploration.states);
        for (const { violation, events } of exploration.findings) {
          expect(follow(program, events), by).toContain(`${violation.task} ${violationKey(violation)}`);
        }
      }
      programs++;
      states += found.states;
      kept += fewest;
      if (found.violations.size > 0) violating++;
      if (found.deadlocks.size > 0) deadlocking++;
      if (fewest < found.states) reduced++;
    });
    const shares = {
      violating: percent(violating, programs),
      deadlocking: percent(deadlocking, programs),
      reduced: percent(reduced, programs),
      symmetric: percent(symmetric.size, programs),
    };
    console.log(
      `seed ${seed}: ${programs} programs, ${states} states; ${shares.violating} % violating, ${shares.deadlocking} % ` +
        `deadlocking, ${shares.symmetric} % with alike threads; the reduction removes states in ${shares.reduced} %, ${percent(states - kept, states)} % of all`,
    );
    expect(programs).toBeGreaterThanOrEqual(1000);
    expect(shares.violating).toBeGreaterThanOrEqual(20);
    expect(shares.deadlocking).toBeGreaterThanOrEqual(10);
    expect(shares.reduced).toBeGreaterThanOrEqual(50);
    expect(shares.symmetric).toBeGreaterThanOrEqual(10);
  });

  it("not with fingerprints of 16 bits, which the comparison with full keys tells", { timeout: 300_000 }, () => {
    const seed = 20_260_117;
    let [programs, fewer, wrong] = [0, 0, 0];
    const property = fc.property(randomProgram, (text) => {
      const program = toProgram(text);
      const by = (options: ExploreOptions): Answer & { readonly states: number } => {
        const { exploration, ...answer } = exploreBy({ budget, ...NO_REDUCTION, minimize: false, ...options }, program);
        // Sizes of runs that nobody minimized say nothing.
        const violations = Object.fromEntries(Object.keys(answer.violations).map((key) => [key, ""]));
        return { ...answer, violations, states: exploration.states };
      };
      const exact = by({ fullKeys: true, budget: { states: 4000 } });
      // Collisions want company.
      fc.pre(exact.stopped === undefined && exact.states > 500);
      expect(by({})).toEqual(exact);
      const short = by({ fingerprintBits: 16 });
      programs++;
      if (short.states < exact.states) fewer++;
      if (JSON.stringify({ ...short, states: 0 }) !== JSON.stringify({ ...exact, states: 0 })) wrong++;
    });
    fc.assert(property, { seed, numRuns: 100 });
    console.log(`seed ${seed}: 16 bits lose states in ${fewer} of ${programs} programs, and a result in ${wrong}`);
    expect(fewer).toBeGreaterThan(programs / 2);
    expect(wrong).toBeGreaterThan(0);
  });
});

describe("within a bound on preemptions", () => {
  it("everything is found that brute force finds within it, and nothing else", { timeout: 300_000 }, () => {
    const seed = 20_260_119;
    let [cut, more] = [0, 0];
    forPrograms(seed, 150, (program, all) => {
      let before = -1;
      for (const preemptions of [0, 1, 2]) {
        const found = withinPreemptions(program, preemptions);
        const { exploration, ...answer } = exploreBy({ budget, preemptions, minimize: false }, program);
        expect(Object.keys(answer.violations), `${preemptions} preemptions`).toEqual([...found.violations].sort());
        // Runs beyond the bound may yet lead to nothing but what is covered: then the answer is not cut short.
        if (!found.cut) expect(exploration.stopped).toBe(undefined);
        if (exploration.stopped === undefined) expect(answer.finals).toEqual([...all.finals].sort());
        else expect(exploration.stopped).toMatch(`at most ${preemptions} preemption`);
        if (exploration.stopped !== undefined) cut++;
        if (before >= 0 && found.violations.size > before) more++;
        before = found.violations.size;
      }
    });
    console.log(`seed ${seed}: the bound was felt ${cut} times, and one more preemption found more ${more} times`);
    expect(cut).toBeGreaterThan(100);
    expect(more).toBeGreaterThan(5);
  });
});

describe("steps that footprints call independent", () => {
  it("commute, and neither enables, blocks or changes the other", { timeout: 300_000 }, () => {
    const seed = 20_260_118;
    let pairs = 0;
    const property = fc.property(randomProgram, (text) => {
      const program = toProgram(text);
      bruteForce(program, 300, (state, moves) => {
        const found = diamonds(program, state, moves);
        pairs += found.pairs;
        expect(found.broken).toEqual([]);
      });
    });
    fc.assert(property, { seed, numRuns: 150 });
    console.log(`seed ${seed}: ${pairs} pairs`);
    expect(pairs).toBeGreaterThan(10_000);
  });

  it("would not, if footprints left out what a rule reads", () => {
    const text: ProgramText = {
      initial: {},
      threads: [
        { body: [["store", "x", 1]], daemon: false },
        { body: [["store", "y", 1]], daemon: false },
      ],
      procedures: [],
      never: [
        [
          ["x", 0],
          ["y", 1],
        ],
      ],
      neverAtEnd: [],
      noLeak: false,
    };
    const program = toProgram(text);
    const broken = new Set<string>();
    bruteForce(program, maxStates, (state, moves) => {
      expect(diamonds(program, state, moves).broken).toEqual([]);
      const blind = diamonds(program, state, moves, (transition) => {
        const { reads, writes } = footprintOf(transition);
        return { reads: new Set([...reads].filter((ref) => ref !== cell("x"))), writes };
      });
      for (const one of blind.broken) broken.add(one);
    });
    expect([...broken]).toEqual([
      '{"task":1,"op":"store","args":["x",1]} changes {"task":2,"op":"store","args":["y",1]}',
    ]);
  });
});

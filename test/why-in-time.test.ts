import { allPairs, type AllPairs, explain, type Explanation, explore } from "@faultline/interleave";
import { violationKey } from "@faultline/mm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomProgram } from "./oracle/random-program.ts";
import { toProgram } from "./oracle/to-program.ts";

const budget = { transitions: 3000 };
const TIME_IS_UP = "time is up";

/** A clock that is up after so many looks at it. */
function after(looks: number): { readonly expired: () => boolean; readonly asked: () => number } {
  let asked = 0;
  return { expired: () => asked++ >= looks, asked: () => asked };
}

/** Asks again and again, with less time each: first with all there is. */
function* withLessTime<T>(ask: (expired: () => boolean) => T): Generator<T> {
  const whole = after(Infinity);
  ask(whole.expired);
  for (let looks = whole.asked() - 1; looks >= 0; looks = looks > 40 ? Math.floor(looks / 2) : looks - 5) {
    yield ask(after(looks).expired);
  }
}

const textOf = (pairs: Explanation["reversals"]): string[] => pairs.map((pair) => JSON.stringify(pair));

describe("when time is up", () => {
  it("an explanation says so, and what it says else is true", { timeout: 300_000 }, () => {
    const seed = 20_260_501;
    let [asked, open, halves] = [0, 0, 0];
    const property = fc.property(randomProgram, (text) => {
      const program = toProgram(text);
      const { findings } = explore(program, { budget, minimize: false, liveness: false });
      const finding = findings.find(({ potential }) => potential !== true);
      fc.pre(finding !== undefined);
      const whole = explain(program, finding, { budget: 20_000 });
      fc.pre(whole.stopped === undefined && whole.needs.kind !== "undecided");
      for (const partial of withLessTime((expired) => explain(program, finding, { budget: 20_000, expired }))) {
        asked++;
        const found = textOf(partial.reversals);
        expect(textOf(whole.reversals)).toEqual(expect.arrayContaining(found));
        const decided = new Set([...found, ...textOf(partial.undecided)]);
        expect(textOf(whole.reversals).filter((pair) => !decided.has(pair))).toEqual([]);
        const isOpen = partial.undecided.length > 0 || partial.needs.kind !== whole.needs.kind;
        expect(partial.stopped).toBe(isOpen ? TIME_IS_UP : undefined);
        if (partial.needs.kind === whole.needs.kind) expect(partial.needs).toEqual(whole.needs);
        else expect(partial.needs.kind).toBe("undecided");
        if (isOpen) open++;
        if (partial.reversals.length > 0 && partial.undecided.length > 0) halves++;
      }
    });
    fc.assert(property, { seed, numRuns: 60 });
    console.log(`seed ${seed}: ${asked} explanations, ${open} of them open, ${halves} with some reversals`);
    expect(open).toBeGreaterThan(100);
    expect(halves).toBeGreaterThan(5);
  });

  it("the list of pairs says so, and none on it is made up", { timeout: 300_000 }, () => {
    const seed = 20_260_502;
    let [asked, fewer] = [0, 0];
    const keysOf = ({ findings }: AllPairs): string[] =>
      findings.map(({ violation, step, against }) =>
        JSON.stringify([violation.task, violationKey(violation), step, against]),
      );
    const property = fc.property(randomProgram, (text) => {
      const program = toProgram(text);
      const whole = allPairs(program, { budget: 20_000 });
      fc.pre(whole.stopped === undefined && whole.findings.length > 0);
      for (const partial of withLessTime((expired) => allPairs(program, { budget: 20_000, expired }))) {
        asked++;
        expect(partial.stopped).toBe(TIME_IS_UP);
        expect(partial.findings.some(({ minimal }) => minimal)).toBe(false);
        expect(keysOf(whole)).toEqual(expect.arrayContaining(keysOf(partial)));
        if (partial.findings.length < whole.findings.length) fewer++;
      }
    });
    fc.assert(property, { seed, numRuns: 60 });
    console.log(`seed ${seed}: ${asked} lists, ${fewer} of them shorter`);
    expect(fewer).toBeGreaterThan(50);
  });
});

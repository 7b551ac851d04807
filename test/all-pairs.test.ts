import { allPairs, explore, type Finding, type PairFinding, type Program } from "@faultline/interleave";
import { apply, NO_STUCK, violationKey } from "@faultline/mm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomProgram } from "./oracle/random-program.ts";
import { toProgram } from "./oracle/to-program.ts";
import { follow } from "./oracle/world.ts";

/** The last step of another thread that changed what the run's last step read, as `t1 store`. */
function otherSide({ machine, initial }: Program, { events, violation }: Finding): string | null {
  let state = initial;
  const done = events.map((event) => {
    const { reads, writes } = apply(machine, state, event);
    const before = state;
    state = state.with(writes);
    return { event, reads, changed: new Set(before.diff(state).map(({ ref }) => ref)) };
  });
  const last = done.at(-1)!;
  const other = done.findLast(
    ({ event, changed }) => event.task !== violation.task && [...last.reads.keys()].some((ref) => changed.has(ref)),
  );
  return other === undefined ? null : `t${other.event.task} ${other.event.op}`;
}

function cheapest(findings: readonly Finding[]): Record<string, string> {
  const best = new Map<string, [number, number]>();
  for (const { violation, switches, events } of findings) {
    if (violation.op === "end") continue;
    const key = `${violation.task} ${violation.rule.name} ${violation.op}`;
    const [s, e] = best.get(key) ?? [Infinity, Infinity];
    if (switches < s || (switches === s && events.length < e)) best.set(key, [switches, events.length]);
  }
  return Object.fromEntries([...best].sort().map(([key, cost]) => [key, cost.join(" ")]));
}

const pairOf = ({ violation, step, against }: PairFinding): string =>
  violation.rule === NO_STUCK
    ? violation.message
    : `${violation.task} ${violation.rule.name} ${JSON.stringify([step, against])}`;

describe("one run per rule and pair of steps", () => {
  it("is the smallest, ends in that step, and has that other side", { timeout: 300_000 }, () => {
    const seed = 20_260_320;
    let [programs, findings, more, alone] = [0, 0, 0, 0];
    const property = fc.property(randomProgram, (text) => {
      const program = toProgram(text);
      const base = explore(program, { budget: { transitions: 3000 }, minimizeBudget: 3000, liveness: false });
      fc.pre(base.stopped === undefined && base.findings.every(({ minimal }) => minimal) && base.findings.length > 0);
      const pairs = allPairs(program, { budget: 20_000 });
      fc.pre(pairs.stopped === undefined);
      programs++;
      findings += pairs.findings.length;
      if (pairs.findings.length > base.findings.length) more++;
      expect(cheapest(pairs.findings)).toEqual(cheapest(base.findings));
      expect(new Set(pairs.findings.map(pairOf)).size).toBe(pairs.findings.length);
      for (const finding of pairs.findings) {
        const { violation, against, step } = finding;
        expect(follow(program, finding.events)).toContain(`${violation.task} ${violationKey(violation)}`);
        if (violation.op === "end") continue;
        expect(step.op).toBe(violation.op);
        expect(against === null ? null : `${against.thread} ${against.op}`).toBe(otherSide(program, finding));
        if (against === null) alone++;
      }
    });
    fc.assert(property, { seed, numRuns: 200 });
    console.log(
      `seed ${seed}: ${findings} pairs in ${programs} programs, more than findings in ${more}, ${alone} alone`,
    );
    expect(more).toBeGreaterThan(20);
    expect(findings - alone).toBeGreaterThan(50);
  });

  it("says when the budget ended first", () => {
    const program = toProgram({
      initial: {},
      threads: [{ body: [["store", "x", 1]], daemon: false }],
      procedures: [],
      never: [[["x", 1]]],
      neverAtEnd: [],
      noLeak: false,
    });
    expect(allPairs(program, { budget: 1 }).stopped).toBe("the budget of 1 entries is used up");
    expect(allPairs(program).findings).toHaveLength(1);
  });
});

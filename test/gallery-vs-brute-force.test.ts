import { gallery } from "@faultline/gallery";
import { violationKey } from "@faultline/mm";
import { describe, expect, it } from "vitest";
import { answerOf, exploreBy, isUnreduced, switchedBy, upTo } from "./oracle/answers.ts";
import { bruteForce } from "./oracle/brute-force.ts";
import { diamonds } from "./oracle/diamond.ts";
import { follow } from "./oracle/world.ts";

/** In programs of more states, pairs of steps are tried both ways round in every so many states only. */
const DIAMOND_STATES = 400;

describe.each(gallery)("$id $slug", ({ scenario }) => {
  it.each(scenario.variants)("%s: every subset of the reductions gives what brute force gives", (variant) => {
    const { program } = scenario.instantiate(variant);
    let visited = 0;
    const found = bruteForce(program, Infinity, (state, moves) => {
      if (visited++ % 25 === 0 || visited < DIAMOND_STATES) expect(diamonds(program, state, moves).broken).toEqual([]);
    })!;
    // Circles of lock classes are no run's violation: brute force knows none.
    const expected = answerOf(found);
    for (const options of switchedBy) {
      const { exploration, ...answer } = exploreBy({ ...options, minimizeBudget: 200_000 }, program);
      const by = JSON.stringify(options);
      const { alike } = exploration.reductions;
      const potential = exploration.findings.filter((finding) => finding.potential === true);
      const violations = Object.fromEntries(
        Object.entries(answer.violations).filter(
          ([key]) => !potential.some(({ violation }) => key === `${violation.task} ${violationKey(violation)}`),
        ),
      );
      expect(upTo(program, alike, { ...answer, violations }), by).toEqual(upTo(program, alike, expected));
      if (isUnreduced(options)) {
        expect({ states: exploration.states, transitions: exploration.transitions }, by).toEqual({
          states: found.states,
          transitions: found.transitions,
        });
      }
    }
    for (const { violation, events, potential } of exploreBy({}, program).exploration.findings) {
      if (potential === true) continue;
      expect(follow(program, events)).toContain(`${violation.task} ${violationKey(violation)}`);
    }
  });
});

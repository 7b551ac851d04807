import { gallery } from "@faultline/gallery";
import {
  checkClasses,
  CountError,
  countRuns,
  explore,
  type Finding,
  type Program,
  sample,
} from "@faultline/interleave";
import { violationKey } from "@faultline/mm";
import { describe, expect, it } from "vitest";

const variants = gallery.flatMap(({ id, scenario }) => scenario.variants.map((variant) => ({ id, variant, scenario })));

const broken = (findings: readonly Finding[]): string[] =>
  findings
    .map(
      ({ violation, potential }) =>
        `${violation.task} ${violationKey(violation)} ${potential === true ? "potential" : ""}`,
    )
    .sort();

function classesOf(program: Program): bigint | undefined {
  try {
    return countRuns(program, { maxNodes: 100_000 }).classes;
  } catch (error) {
    if (error instanceof CountError) return undefined;
    throw error;
  }
}

let counts = 0;

describe("on every scenario of the gallery", () => {
  it.each(variants)("$id $variant: engines states and classes agree", { timeout: 600_000 }, ({ scenario, variant }) => {
    const { program } = scenario.instantiate(variant);
    const byStates = explore(program, { minimize: false });
    const byClasses = checkClasses(program, { minimize: false });
    expect(byClasses.stopped).toBeUndefined();
    expect(byClasses.blocked).toBe(0);
    expect({ verdict: byClasses.verdict, broken: broken(byClasses.findings), unreached: byClasses.unreached }).toEqual({
      verdict: byStates.verdict,
      broken: broken(byStates.findings),
      unreached: byStates.unreached,
    });
    const counted = classesOf(program);
    if (counted !== undefined) {
      expect(BigInt(byClasses.runs)).toBe(counted);
      counts++;
    }
    const drawn = sample(program, { runs: 50 });
    expect(broken(byStates.findings)).toEqual(expect.arrayContaining(broken(drawn.findings)));
    expect(drawn.classes).toBeLessThanOrEqual(byClasses.runs);
  });

  it("most of which can be counted", () => {
    console.log(`${counts} of ${variants.length} counted`);
    expect(counts).toBeGreaterThan(variants.length / 2);
  });
});

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { explore, NO_REDUCTION } from "@faultline/interleave";
import { kernelMachine, kernelNames } from "@faultline/mm";
import { describe, expect, it } from "vitest";
import { FLAGSHIP, gallery } from "../src/index.ts";

describe.each(gallery)("$id $slug", ({ scenario }) => {
  it.each(scenario.variants)("%s does what it declares, with and without reductions", (variant) => {
    const expected = scenario.expect[variant];
    const { program } = scenario.instantiate(variant);
    for (const options of [{}, { ...NO_REDUCTION, fullKeys: true }]) {
      const result = explore(program, options);
      if (expected === undefined) throw new Error(`${variant} declares nothing`);
      if ("clean" in expected) {
        expect(result.findings.map(({ violation }) => violation.message)).toEqual([]);
        expect(result.verdict).toBe("clean");
        const unreached = result.unreached.map(({ step }) => step);
        for (const step of expected.clean) expect(unreached).not.toContain(step);
      } else {
        expect(result.verdict).toBe("violation");
        const rules = result.findings.map(({ violation }) => violation.rule.name);
        expect(expected.breaks.some((rule) => rules.includes(rule))).toBe(true);
        const worst = result.findings.map(({ violation }) => violation.severity).sort()[0]!;
        expect(worst <= expected.severity).toBe(true);
        expect(result.findings.every(({ minimal }) => minimal)).toBe(true);
      }
    }
  });
});

describe("the gallery", () => {
  it("declares clean after steps and procedures that there are: no other name can be missed", () => {
    const names = new Set([...kernelNames.values(), ...kernelMachine.steps.keys()]);
    for (const { id, scenario } of gallery) {
      for (const [variant, expected] of Object.entries(scenario.expect)) {
        const steps = "clean" in expected ? expected.clean : [];
        expect(
          steps.filter((step) => !names.has(step)),
          `${id} ${variant}`,
        ).toEqual([]);
      }
    }
  });

  it("has entries that can be copied anywhere: they import packages only", () => {
    const folder = join(import.meta.dirname, "../src/entries");
    for (const file of readdirSync(folder)) {
      expect(readFileSync(join(folder, file), "utf8"), file).not.toMatch(/from "\./);
    }
  });

  it("has entries of unique ids and slugs, the flagship among them", () => {
    expect(new Set(gallery.map(({ id }) => id)).size).toBe(gallery.length);
    expect(new Set(gallery.map(({ slug }) => slug)).size).toBe(gallery.length);
    expect(gallery.map(({ id }) => id)).toContain(FLAGSHIP);
  });

  it("shows the shapes that the records describe", () => {
    const shape = (id: string, variant: string): Record<string, [number, number]> => {
      const { scenario } = gallery.find((entry) => entry.id === id)!;
      const { findings } = explore(scenario.instantiate(variant).program);
      return Object.fromEntries(
        findings.map(({ violation, switches, events }) => [
          `${violation.rule.name} ${violation.op}`,
          [switches, events.length],
        ]),
      );
    };
    // The shrinker reads the pointer, munmap runs as a whole, the shrinker goes on: two switches.
    expect(shape("G01", "buggy")).toEqual({ "VMA-LIVE zap_page_range_single": [2, 27] });
    // munmap up to and past its downgrade, then the shrinker: one switch.
    expect(shape("G02", "buggy")).toEqual({ "VMA-LIVE zap_page_range_single": [1, 21] });
  });
});

import { gallery } from "@faultline/gallery";
import type { Program, Scenario } from "@faultline/interleave";
import { designs, withoutLock } from "../../packages/gallery/src/designs/designs.ts";
import { situationOf, situations } from "../../packages/gallery/src/designs/situations.ts";
import { mutantScenarios } from "./scenarios/index.ts";

/** A program on which mutants are tried. */
export interface Trial {
  readonly name: string;
  readonly program: () => Program;
}

/** Every program on which mutants are tried: one line here adds a list of scenarios to it. */
export function trials(): Trial[] {
  return [
    ...mutantScenarios.flatMap(({ name, scenario, profiles }) =>
      profiles.flatMap((on) => variantsOf(name, scenario, on)),
    ),
    ...gallery.flatMap(({ id, scenario }) => variantsOf(id, scenario)),
    ...[...designs, ...withoutLock].flatMap((design) =>
      situations.flatMap((situation) =>
        variantsOf(`${design.name}: ${situation.name}`, situationOf(design, situation)),
      ),
    ),
  ];
}

function variantsOf(name: string, scenario: Scenario, profile?: string): Trial[] {
  const on = profile === undefined ? "" : ` on ${profile}`;
  return scenario.variants.map((variant) => ({
    name: `${name}${scenario.variants.length === 1 ? "" : ` ${variant}`}${on}`,
    program: () => scenario.instantiate(variant, profile === undefined ? {} : { profile }).program,
  }));
}

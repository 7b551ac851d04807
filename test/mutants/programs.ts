import { corpus } from "@faultline/gallery";
import type { Program, Scenario } from "@faultline/interleave";
import { mutantScenarios } from "./scenarios/index.ts";

/** A program on which mutants are tried. */
export interface Trial {
  readonly name: string;
  readonly program: () => Program;
}

/**
 * Every program on which mutants are tried: the scenarios that are here for them, and the gallery's corpus, which
 * reaches every step of the model: the gallery itself, the designs of binder and what is there to reach the rest.
 */
export function trials(): Trial[] {
  return [
    ...mutantScenarios.flatMap(({ name, scenario, profiles }) =>
      profiles.flatMap((on) => variantsOf(name, scenario, on)),
    ),
    ...corpus.flatMap(({ id, scenario, profiles = [] }) =>
      [undefined, ...profiles].flatMap((on) => variantsOf(id, scenario, on)),
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

import { areas } from "./areas.ts";
import type { MutantScenario } from "./mutant-scenario.ts";
import { reclaims } from "./reclaim.ts";
import { moreShrinkers } from "./more-shrinkers.ts";
import { ownDrivers } from "./own-driver.ts";

/** The scenarios that are there for the mutants: each of them tells some mutant from the model. */
export const mutantScenarios: readonly MutantScenario[] = [...areas, ...reclaims, ...moreShrinkers, ...ownDrivers];

import { areas } from "./areas.ts";
import { forkRaces } from "./fork-races.ts";
import { monitoredFaults } from "./monitored-faults.ts";
import { monitors } from "./monitors.ts";
import { moreAreas } from "./more-areas.ts";
import type { MutantScenario } from "./mutant-scenario.ts";
import { reclaims } from "./reclaim.ts";
import { moreShrinkers } from "./more-shrinkers.ts";
import { ownDrivers } from "./own-driver.ts";

/** The scenarios that are there for the mutants: each of them tells some mutant from the model. */
export const mutantScenarios: readonly MutantScenario[] = [
  ...areas,
  ...moreAreas,
  ...monitors,
  ...monitoredFaults,
  ...forkRaces,
  ...reclaims,
  ...moreShrinkers,
  ...ownDrivers,
];

import { type Ablation, type AblationResult, type ExploreOptions, runAblation } from "@faultline/interleave";
import type { JobKind } from "../jobs/job-kind.ts";
import { keepingPrints } from "../scenario/console.ts";
import { findScenario } from "../scenario/find-scenario.ts";
import type { ExploreLimits } from "./explore-variant.ts";

/** One lock, check or reference to leave out of one variant of a scenario. */
export interface AblationJob {
  /** As a user names it, or the path of its file. */
  readonly scenario: string;
  readonly variant: string;
  readonly ablation: Ablation;
  /** Names of the rules that the variant breaks as it is. */
  readonly broken: readonly string[];
  readonly limits: ExploreLimits;
}

/** Leaves it out and explores. */
export const job: JobKind<AblationJob, Omit<AblationResult, "exploration">> = {
  url: import.meta.url,
  run: async ({ scenario, variant, ablation, broken, limits }) => {
    const { value } = await keepingPrints(async () => {
      const known = await findScenario(scenario);
      const { profile } = limits;
      const { program } = known.scenario.instantiate(variant, profile === undefined ? {} : { profile });
      return runAblation(program, ablation, broken, optionsOf(limits));
    });
    const { exploration: _, ...rest } = value;
    return rest;
  },
};

/** The limits of an exploration, begun anew. */
export function optionsOf(limits: ExploreLimits): ExploreOptions {
  const { persistentSets, sleepSets, symmetry, pageSymmetry, macroSteps, memo, fullKeys, states, seconds, bytes } =
    limits;
  const start = performance.now();
  return {
    ...(persistentSets === undefined ? {} : { persistentSets }),
    ...(sleepSets === undefined ? {} : { sleepSets }),
    ...(symmetry === undefined ? {} : { symmetry }),
    ...(pageSymmetry === undefined ? {} : { pageSymmetry }),
    ...(macroSteps === undefined ? {} : { macroSteps }),
    ...(memo === undefined ? {} : { memo }),
    ...(fullKeys === undefined ? {} : { fullKeys }),
    minimize: false,
    budget: {
      ...(states === undefined ? {} : { states }),
      ...(bytes === undefined ? {} : { bytes }),
      ...(seconds === undefined ? {} : { expired: () => performance.now() - start >= 1000 * seconds }),
    },
  };
}

import type { Scenario } from "@faultline/interleave";

/** A scenario on which mutants are tried, with the kernels to try it on. */
export interface MutantScenario {
  readonly name: string;
  readonly scenario: Scenario;
  readonly profiles: readonly string[];
}

import type { Finding } from "@faultline/interleave";
import { type Failure, failureOf } from "../jobs/failure.ts";
import type { JobKind } from "../jobs/job-kind.ts";
import { keepingPrints } from "../scenario/console.ts";
import { findScenario } from "../scenario/find-scenario.ts";
import type { Answer } from "./engines.ts";
import { type Explored, type ExploreLimits, exploreVariant } from "./explore-variant.ts";

/** One variant of a scenario to explore. */
export interface VariantJob {
  /** As a user names it, or the path of its file. */
  readonly scenario: string;
  readonly variant: string;
  readonly limits: ExploreLimits;
}

/** What exploring it gave; the rest is made of it where it is shown. */
export interface VariantExplored {
  /** What the scenario's code printed meanwhile. */
  readonly printed: string;
  readonly outcome: Pick<Explored, "exploration" | "seconds" | "counted"> | { readonly failure: Failure };
}

/** Explores a variant. What loading its file prints is left out: the thread that asked has loaded it as well. */
export const job: JobKind<VariantJob, VariantExplored> = {
  url: import.meta.url,
  run: async ({ scenario, variant, limits }, tick) => {
    const { value: known } = await keepingPrints(() => findScenario(scenario));
    const { value, printed } = await keepingPrints(async (): Promise<VariantExplored["outcome"]> => {
      try {
        const { exploration, seconds, counted } = await exploreVariant(known, variant, limits, tick);
        return { exploration: carried(exploration), seconds, counted };
      } catch (error) {
        return { failure: failureOf(error) };
      }
    });
    return { printed, outcome: value };
  },
};

/** A rule that is checked at the end comes with the function that checks it, which no other thread could be sent. */
function carried(answer: Answer): Answer {
  const findings = answer.findings.map(withoutCheck);
  return { ...answer, findings, work: { ...answer.work, findings } } as Answer;
}

function withoutCheck<F extends Finding>(finding: F): F {
  const { name, severity, wording, source } = finding.violation.rule;
  return { ...finding, violation: { ...finding.violation, rule: { name, severity, wording, source } } };
}

import process from "node:process";
import { errorOf } from "../jobs/failure.ts";
import { runJobs } from "../jobs/run-jobs.ts";
import { keepingPrints } from "../scenario/console.ts";
import { guarded } from "../scenario/guarded.ts";
import type { KnownScenario } from "../scenario/known-scenario.ts";
import { bySeverity, type Explored, type ExploreLimits } from "./explore-variant.ts";
import { job, type VariantJob } from "./variant-job.ts";

/** One variant of a scenario. */
export interface KnownVariant {
  readonly known: KnownScenario;
  readonly variant: string;
}

/**
 * Explores variants on several cores and yields them in order, each as soon as all before it are done.
 * @param jobs threads; undefined: one for each core
 * @param progress what is going on, now and then
 * @throws what exploring a variant throws, when its turn comes
 */
export async function* exploreAll(
  variants: readonly KnownVariant[],
  limits: ExploreLimits,
  jobs: number | undefined,
  progress: (text: string | undefined) => void,
): AsyncGenerator<Explored, void, undefined> {
  const list = variants.map(({ known: { file, name }, variant }): VariantJob => ({
    scenario: file ?? name,
    variant,
    limits,
  }));
  const tick = (number: number, seconds: number): void => {
    const { known, variant } = variants[number]!;
    progress(`${known.name} ${variant}: ${seconds.toFixed(0)} s`);
  };
  let number = 0;
  for await (const { printed, outcome } of runJobs(job, list, {
    // Whoever asks for threads has them at once.
    ...(jobs === undefined ? {} : { workers: jobs, patience: 0 }),
    tick,
  })) {
    progress(undefined);
    if (printed !== "") process.stderr.write(printed);
    if ("failure" in outcome) throw errorOf(outcome.failure);
    const { known, variant } = variants[number++]!;
    const { exploration, seconds, counted } = outcome;
    // The thread that explored has set it up too, and what that printed has been shown.
    const { value: instance } = await keepingPrints(() =>
      guarded(known, () => {
        return known.scenario.instantiate(variant, limits.profile === undefined ? {} : { profile: limits.profile });
      }),
    );
    const findings = exploration.findings.toSorted(bySeverity);
    yield { known, instance, exploration, findings, seconds, counted, limits };
  }
}

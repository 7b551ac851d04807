import { type Ablation, type AblationResult, ablationsOf } from "@faultline/interleave";
import { runJobs } from "../jobs/run-jobs.ts";
import { guarded } from "../scenario/guarded.ts";
import { type AblationJob, job, optionsOf } from "./ablation-job.ts";
import type { Explored } from "./explore-variant.ts";

/** One lock, check or reference left out, as `--json` shows it. */
export interface AblationRow extends Omit<Ablation, "task" | "plan">, Omit<AblationResult, "exploration"> {
  /** The results that a check was given; null for locks and references. */
  readonly results: readonly unknown[] | null;
}

/** What each lock, check and reference of a variant protects against. */
export interface AblationTable {
  readonly rows: readonly AblationRow[];
  /** Why rows may be missing; null: none is. */
  readonly stopped: string | null;
}

/**
 * Leaves out each lock, check and reference in turn, on several cores. The limits of the exploration hold for each.
 * @param jobs threads; undefined: one for each core
 * @param tick called with what is being left out
 */
export async function ablateVariant(
  explored: Explored,
  jobs: number | undefined,
  tick: (what: string) => void,
): Promise<AblationTable> {
  const { known, instance, findings, limits: all } = explored;
  const { ablations, stopped } = await guarded(known, (started) => {
    started(instance);
    return ablationsOf(instance.program, optionsOf(all));
  });
  const { resume: _, ...limits } = all;
  const broken = [...new Set(findings.map(({ violation }) => violation.rule.name))];
  const shared = { scenario: known.file ?? known.name, variant: instance.variant, broken, limits };
  const list = ablations.map((ablation): AblationJob => ({ ...shared, ablation }));
  const rows: AblationRow[] = [];
  const results = runJobs(job, list, {
    ...(jobs === undefined ? {} : { workers: jobs, patience: 0 }),
    tick: (number) => tick(`${ablations[number]!.thread} without ${ablations[number]!.what}`),
  });
  for await (const result of results) rows.push(rowOf(ablations[rows.length]!, result));
  return { rows, stopped: stopped ?? null };
}

function rowOf(
  { thread, kind, what, steps, procedures, plan }: Ablation,
  result: Omit<AblationResult, "exploration">,
): AblationRow {
  const { verdict, rules, states, transitions, reason } = result;
  const results = plan.kind === "constant" ? plan.answers.map((answer) => answer.result) : null;
  return { thread, kind, what, steps, procedures, results, verdict, rules, states, transitions, reason };
}

import { explore } from "@faultline/interleave";
import { job as variantJob, type VariantJob } from "../explore/variant-job.ts";
import type { JobKind } from "../jobs/job-kind.ts";
import type { Cell } from "./cells.ts";
import { optionsOf } from "./run-cell.ts";
import scaling, { variantOf } from "./scaling.scenario.ts";

/** A piece of the batch by which the cores are measured: a cell of the scaling scenario, or a variant of the gallery. */
export type BatchJob = { readonly cell: Cell } | { readonly variant: VariantJob };

/** What must be the same, on whichever thread it is found. */
export interface BatchResult {
  readonly verdict: string;
  readonly states: number;
  readonly transitions: number;
}

/** Explores it, cold. */
export const job: JobKind<BatchJob, BatchResult> = {
  url: import.meta.url,
  run: async (description, tick) => {
    if ("cell" in description) {
      const { cell } = description;
      const { verdict, states, transitions } = explore(scaling.instantiate(variantOf(cell)).program, optionsOf(cell));
      return { verdict, states, transitions };
    }
    const { outcome } = await variantJob.run(description.variant, tick);
    if ("failure" in outcome) return { verdict: outcome.failure.message, states: 0, transitions: 0 };
    const { verdict, states, transitions } = outcome.exploration;
    return { verdict, states, transitions };
  },
};

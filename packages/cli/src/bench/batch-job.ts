import { explore } from "@faultline/interleave";
import { type AblationJob, job as ablationJob } from "../explore/ablation-job.ts";
import type { JobKind } from "../jobs/job-kind.ts";
import type { Cell } from "./cells.ts";
import { optionsOf } from "./run-cell.ts";
import scaling, { variantOf } from "./scaling.scenario.ts";

/** A piece of the batch by which the cores are measured: a cell of the scaling scenario, or something left out. */
export type BatchJob = { readonly cell: Cell } | { readonly ablation: AblationJob };

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
    return ablationJob.run(description.ablation, tick);
  },
};

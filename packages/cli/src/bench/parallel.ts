import { gallery } from "@faultline/gallery";
import { isDeepStrictEqual } from "node:util";
import process from "node:process";
import { runJobs } from "../jobs/run-jobs.ts";
import { type BatchJob, type BatchResult, job } from "./batch-job.ts";

/** The same batch on one core and on several. */
export interface Parallel {
  /** Of the batch: pieces, and how often the list of pieces is repeated to make it long enough. */
  readonly jobs: number;
  readonly rounds: number;
  readonly runs: readonly BatchRun[];
  /** Wall time on one core over wall time on several. */
  readonly speedup: number;
  /** Whether every result was the same. */
  readonly same: boolean;
}

export interface BatchRun {
  readonly workers: number;
  readonly seconds: number;
  /** Processor time in user mode, all threads together. */
  readonly userSeconds: number;
}

/** Seconds that a batch takes on one core, at least. */
const LONG_ENOUGH = 20;

/** One round: cells of two seconds at most, and the whole gallery. */
function round(): BatchJob[] {
  const cells = [
    { n: 3, p: 1, vmaLock: false, reductions: false },
    { n: 2, p: 2, vmaLock: false, reductions: false },
    { n: 2, p: 3, vmaLock: false, reductions: false },
    { n: 3, p: 2, vmaLock: false, reductions: false },
    { n: 2, p: 1, vmaLock: true, reductions: false },
    { n: 2, p: 2, vmaLock: true, reductions: false },
    { n: 3, p: 1, vmaLock: true, reductions: false },
    { n: 3, p: 2, vmaLock: false, reductions: true },
    { n: 3, p: 2, vmaLock: true, reductions: true },
  ];
  const limits = { persistentSets: true, memo: true, minimize: true, fullKeys: false };
  return [
    ...cells.map((cell) => ({ cell })),
    ...gallery.flatMap(({ id, scenario }) =>
      scenario.variants.map((variant) => ({ variant: { scenario: id, variant, limits } })),
    ),
  ];
}

/** Measures a fixed batch on one core and on `workers`. `seconds`: how long it takes on one, at least. */
export async function measureParallel(workers: number, seconds: number = LONG_ENOUGH): Promise<Parallel> {
  // The first round compiles what the others run.
  await runBatch(round(), 1);
  const { run: one } = await runBatch(round(), 1);
  const rounds = Math.max(1, Math.ceil(seconds / one.seconds));
  const batch = Array.from({ length: rounds }, round).flat();
  const alone = await runBatch(batch, 1);
  const together = await runBatch(batch, workers);
  return {
    jobs: batch.length,
    rounds,
    runs: [alone.run, together.run],
    speedup: Number((alone.run.seconds / together.run.seconds).toFixed(2)),
    same: isDeepStrictEqual(alone.results, together.results),
  };
}

async function runBatch(
  batch: readonly BatchJob[],
  workers: number,
): Promise<{ readonly run: BatchRun; readonly results: readonly BatchResult[] }> {
  const start = performance.now();
  const before = process.cpuUsage();
  const results: BatchResult[] = [];
  for await (const result of runJobs(job, batch, { workers })) results.push(result);
  const seconds = Number(((performance.now() - start) / 1000).toFixed(3));
  const userSeconds = Number((process.cpuUsage(before).user / 1e6).toFixed(3));
  return { run: { workers, seconds, userSeconds }, results };
}

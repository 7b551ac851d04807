import { gallery } from "@faultline/gallery";
import { ablationsOf } from "@faultline/interleave";
import process from "node:process";
import { isDeepStrictEqual } from "node:util";
import { runJobs } from "../jobs/run-jobs.ts";
import { PLAIN_LIMITS } from "../explore/explore-variant.ts";
import { type BatchJob, type BatchResult, job } from "./batch-job.ts";

/** The same batch on one core and on several. */
export interface Parallel {
  /** Pieces of the batch. */
  readonly jobs: number;
  readonly runs: readonly BatchRun[];
  /** Wall time on one thread over wall time on several. */
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

interface Piece {
  readonly piece: BatchJob;
  readonly result: BatchResult;
  readonly seconds: number;
}

/** Every ablation of the repaired races. */
function ablations(): BatchJob[] {
  const list: BatchJob[] = [];
  for (const { id, scenario } of gallery) {
    for (const variant of scenario.variants.filter((name) => name !== "buggy")) {
      const { ablations } = ablationsOf(scenario.instantiate(variant).program, { minimize: false });
      const shared = { scenario: id, variant, broken: [], limits: PLAIN_LIMITS };
      for (const ablation of ablations) list.push({ ablation: { ...shared, ablation } });
    }
  }
  return list;
}

/** These once, then cells over and over: two seconds or less for each. */
function* pieces(first: readonly BatchJob[]): Generator<BatchJob, void> {
  yield* first;
  while (true) {
    yield { cell: { n: 4, p: 1, vmaLock: false, reductions: false } };
    yield { cell: { n: 3, p: 2, vmaLock: false, reductions: false } };
    yield { cell: { n: 3, p: 3, vmaLock: false, reductions: false } };
    yield { cell: { n: 3, p: 1, vmaLock: true, reductions: false } };
    yield { cell: { n: 2, p: 3, vmaLock: true, reductions: false } };
  }
}

/** Measures a batch on one thread and on `workers`. `seconds`: how long it takes on one, at least. */
export async function measureParallel(workers: number, seconds: number): Promise<Parallel> {
  const batch: Piece[] = [];
  const first = ablations();
  const alone = await timed(1, async (elapsed) => {
    for (const piece of pieces(first)) {
      const before = elapsed();
      const result = await job.run(piece, () => undefined);
      batch.push({ piece, result, seconds: elapsed() - before });
      if (elapsed() >= seconds) return;
    }
  });
  // The longest first, so that no thread is left with a long one at the end.
  batch.sort((a, b) => b.seconds - a.seconds);
  const results: BatchResult[] = [];
  const together = await timed(workers, async () => {
    const list = batch.map(({ piece }) => piece);
    for await (const result of runJobs(job, list, { workers })) results.push(result);
  });
  return {
    jobs: batch.length,
    runs: [alone, together],
    speedup: Number((alone.seconds / together.seconds).toFixed(2)),
    same: isDeepStrictEqual(
      batch.map(({ result }) => result),
      results,
    ),
  };
}

async function timed(workers: number, action: (elapsed: () => number) => Promise<void>): Promise<BatchRun> {
  const start = performance.now();
  const before = process.cpuUsage();
  const elapsed = (): number => (performance.now() - start) / 1000;
  await action(elapsed);
  const userSeconds = process.cpuUsage(before).user / 1e6;
  return { workers, seconds: Number(elapsed().toFixed(3)), userSeconds: Number(userSeconds.toFixed(3)) };
}

import { gallery } from "@faultline/gallery";
import { ablationsOf } from "@faultline/interleave";
import process from "node:process";
import { PLAIN_LIMITS } from "../explore/explore-variant.ts";
import { runJobs } from "../jobs/run-jobs.ts";
import { type BatchJob, type BatchResult, job } from "./batch-job.ts";

/** What to do of the batch, and on how many threads. */
export type BatchOrder =
  /** Piece after piece on one thread, until so many seconds have passed. */
  | { readonly seconds: number }
  /** The pieces with these numbers, begun in this order. */
  | { readonly workers: number; readonly order: readonly number[] };

/** What doing it took. */
export interface BatchDone {
  /** By number of the piece. */
  readonly results: readonly BatchResult[];
  /** Seconds that each piece took, by its number; empty where several threads were at it. */
  readonly each: readonly number[];
  readonly seconds: number;
  /** Processor time in user mode, all threads together. */
  readonly userSeconds: number;
}

/** Does a batch in this process. Setting the list up is not part of the time; starting threads is. */
export async function runBatch(order: BatchOrder): Promise<BatchDone> {
  const first = ablations();
  const each: number[] = [];
  const results: BatchResult[] = [];
  const start = performance.now();
  const before = process.cpuUsage();
  const elapsed = (): number => (performance.now() - start) / 1000;
  if ("seconds" in order) {
    for (const piece of pieces(first)) {
      const begun = elapsed();
      results.push(await job.run(piece, () => undefined));
      each.push(Number((elapsed() - begun).toFixed(4)));
      if (elapsed() >= order.seconds) break;
    }
  } else {
    const list = firstOf(pieces(first), order.order.length);
    const jobs = order.order.map((number) => list[number]!);
    let done = 0;
    // All threads at once: waiting to see whether it is worth it would be part of the time.
    for await (const result of runJobs(job, jobs, { workers: order.workers, patience: 0 })) {
      results[order.order[done++]!] = result;
    }
  }
  const seconds = Number(elapsed().toFixed(3));
  const userSeconds = Number((process.cpuUsage(before).user / 1e6).toFixed(3));
  return { results, each, seconds, userSeconds };
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

function firstOf<T>(all: Iterable<T>, count: number): T[] {
  const list: T[] = [];
  for (const one of all) {
    if (list.length === count) break;
    list.push(one);
  }
  return list;
}

import { availableParallelism } from "node:os";
import { errorOf, failureOf } from "./failure.ts";
import type { JobKind } from "./job-kind.ts";
import { takeNext } from "./messages.ts";
import { type Settled, Team } from "./team.ts";

export interface RunJobsOptions {
  /** Threads, this one included. 1: no others. Default: one for each core. */
  readonly workers?: number;
  /** Called now and then with the number of a job that is being done and the seconds it has taken. */
  readonly tick?: (job: number, seconds: number) => void;
  /** Seconds after which other threads are started: shorter lists are not worth it. Default 0.2. */
  readonly patience?: number;
}

const PATIENCE = 0.2;

/**
 * Does independent jobs on several cores and yields their results in the order of the jobs, each when all before it are
 * there and this thread is between two jobs: it takes jobs like the others.
 * A job that throws, or whose thread crashes, throws here when its turn comes, with the same message as in this thread.
 * Leaving the loop early ends the threads.
 */
export async function* runJobs<Job, Result>(
  kind: JobKind<Job, Result>,
  jobs: readonly Job[],
  { workers = availableParallelism(), tick = () => undefined, patience = PATIENCE }: RunJobsOptions = {},
): AsyncGenerator<Result, void, undefined> {
  const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const next = new Int32Array(shared);
  const own = new Map<number, Settled>();
  const start = performance.now();
  let team: Team | undefined;
  const callForHelp = (): void => {
    const left = jobs.length - Atomics.load(next, 0);
    if (team !== undefined || performance.now() - start < patience * 1000) return;
    const size = Math.min(workers - 1, left);
    if (size > 0) team = new Team(size, { kind: "faultline/jobs", url: kind.url, jobs, next: shared }, tick);
  };
  const doOne = (number: number): Promise<Settled> =>
    settle(kind, jobs[number]!, (seconds) => {
      callForHelp();
      tick(number, seconds);
    });
  try {
    for (let number = 0; number < jobs.length; number++) {
      let settled: Settled | undefined;
      while ((settled = own.get(number) ?? team?.settled.get(number)) === undefined) {
        const taken = takeNext(next, jobs);
        callForHelp();
        if (taken !== undefined) own.set(taken, await doOne(taken));
        else await team?.news();
      }
      own.delete(number);
      team?.settled.delete(number);
      if ("failure" in settled) throw errorOf(settled.failure);
      yield settled.result as Result;
      // Here the others' results come in.
      if (team !== undefined) await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    await team?.dismiss();
  }
}

async function settle<Job, Result>(
  kind: JobKind<Job, Result>,
  job: Job,
  tick: (seconds: number) => void,
): Promise<Settled> {
  try {
    return { result: await kind.run(job, tick) };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

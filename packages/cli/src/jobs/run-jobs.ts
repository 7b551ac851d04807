import { availableParallelism } from "node:os";
import { errorOf, failureOf } from "./failure.ts";
import type { JobKind } from "./job-kind.ts";
import { takeNext } from "./messages.ts";
import type { Settled, Team } from "./team.ts";

export interface RunJobsOptions {
  /** Threads, this one included. 1: no others. Default: one for each core. */
  readonly workers?: number;
  /** Called now and then with the number of a job that is being done and the seconds it has taken. */
  readonly tick?: (job: number, seconds: number) => void;
}

/**
 * Does independent jobs on several cores and yields their results in the order of the jobs, each as soon as all before
 * it are there. This thread takes jobs like the others, so that a short list waits for no thread to start.
 * A job that throws, or whose thread crashes, throws here when its turn comes, with the same message as in this thread.
 * Leaving the loop early ends the threads.
 */
export async function* runJobs<Job, Result>(
  kind: JobKind<Job, Result>,
  jobs: readonly Job[],
  { workers = availableParallelism(), tick = () => undefined }: RunJobsOptions = {},
): AsyncGenerator<Result, void, undefined> {
  const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const next = new Int32Array(shared);
  const own = new Map<number, Settled>();
  const team = await hire(Math.min(workers, jobs.length) - 1, { url: kind.url, jobs, next: shared }, tick);
  try {
    for (let number = 0; number < jobs.length; number++) {
      let settled: Settled | undefined;
      while ((settled = own.get(number) ?? team?.settled.get(number)) === undefined) {
        const taken = takeNext(next, jobs);
        if (taken !== undefined) own.set(taken, await settle(kind, jobs[taken]!, (seconds) => tick(taken, seconds)));
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

async function hire(
  size: number,
  start: { readonly url: string; readonly jobs: readonly unknown[]; readonly next: SharedArrayBuffer },
  tick: (job: number, seconds: number) => void,
): Promise<Team | undefined> {
  if (size < 1) return undefined;
  const { Team: team } = await import("./team.ts");
  return new team(size, { kind: "faultline/jobs", ...start }, tick);
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

import { parentPort, workerData } from "node:worker_threads";
import { failureOf } from "./failure.ts";
import type { JobKind } from "./job-kind.ts";
import { takeNext, type WorkerMessage, type WorkerStart } from "./messages.ts";

/** This file, for whoever starts a thread. */
export const workerUrl: string = import.meta.url;

const TICK_MS = 500;

/** Takes jobs until none is left. */
async function work({ url, jobs, next }: WorkerStart, tell: (message: WorkerMessage) => void): Promise<void> {
  const { job } = (await import(url)) as { readonly job: JobKind<unknown, unknown> };
  const counter = new Int32Array(next);
  for (let number = takeNext(counter, jobs); number !== undefined; number = takeNext(counter, jobs)) {
    const at = number;
    tell({ took: at });
    let told = 0;
    const tick = (seconds: number): void => {
      if (performance.now() - told < TICK_MS) return;
      told = performance.now();
      tell({ tick: at, seconds });
    };
    try {
      tell({ done: at, result: await job.run(jobs[at], tick) });
    } catch (error) {
      tell({ done: at, failure: failureOf(error) });
    }
  }
}

const start = workerData as Partial<WorkerStart> | null;
if (parentPort !== null && start?.kind === "faultline/jobs") {
  const port = parentPort;
  await work(start as WorkerStart, (message) => port.postMessage(message));
}

import { Worker } from "node:worker_threads";
import { CliError } from "../command-line/cli-error.ts";
import { type Failure, failureOf } from "./failure.ts";
import type { WorkerMessage, WorkerStart } from "./messages.ts";
import { workerUrl } from "./worker.ts";

/** How a job ended. */
export type Settled = { readonly result: unknown } | { readonly failure: Failure };

/** Room for fresh objects: with V8's default a search on another thread takes 5 % longer, for it is collected more often. */
const YOUNG_MB = 128;

/** Worker threads that help with a list of jobs, and what has come back from them. */
export class Team {
  readonly settled = new Map<number, Settled>();
  readonly #workers: Worker[];
  /** What each thread is at. */
  readonly #at = new Map<Worker, number>();
  readonly #running = new Set<Worker>();
  readonly #tick: (job: number, seconds: number) => void;
  #news: () => void = () => undefined;

  constructor(size: number, start: WorkerStart, tick: (job: number, seconds: number) => void) {
    this.#tick = tick;
    this.#workers = Array.from({ length: size }, () => this.#hire(start));
  }

  /** Resolves as soon as a thread has told something or ended. */
  async news(): Promise<void> {
    if (this.#running.size === 0) throw new CliError("E_JOB", "the threads have ended, and not all work is done.");
    await new Promise<void>((resolve) => {
      this.#news = resolve;
    });
  }

  /** Ends all threads, whatever they are at. */
  async dismiss(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #hire(start: WorkerStart): Worker {
    const worker = new Worker(new URL(workerUrl), {
      workerData: start,
      name: "faultline",
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#running.add(worker);
    worker.on("message", (message: WorkerMessage) => this.#hear(worker, message));
    let error: unknown;
    worker.on("error", (thrown) => {
      error = thrown;
    });
    // Only here has all been heard that it told before.
    worker.on("exit", (code) => {
      error ??= new CliError("E_JOB", `a thread ended with code ${code} in the middle of its work.`);
      this.#lose(worker, failureOf(error));
    });
    return worker;
  }

  #hear(worker: Worker, message: WorkerMessage): void {
    if ("took" in message) this.#at.set(worker, message.took);
    else if ("tick" in message) this.#tick(message.tick, message.seconds);
    else {
      this.#at.delete(worker);
      this.settled.set(message.done, message);
    }
    this.#news();
  }

  /** A thread is gone; if it was at a job, that is the job's failure. */
  #lose(worker: Worker, failure: Failure): void {
    this.#running.delete(worker);
    const job = this.#at.get(worker);
    if (job !== undefined) this.settled.set(job, { failure });
    this.#news();
  }
}

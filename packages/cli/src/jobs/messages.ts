import type { Failure } from "./failure.ts";

/** What a worker thread starts with. */
export interface WorkerStart {
  readonly kind: "faultline/jobs";
  /** Module of the job kind. */
  readonly url: string;
  readonly jobs: readonly unknown[];
  /** One counter, shared by all threads: the number of the next job that nobody has taken. */
  readonly next: SharedArrayBuffer;
}

/** What a worker thread tells. */
export type WorkerMessage =
  | { readonly took: number }
  | { readonly tick: number; readonly seconds: number }
  | { readonly done: number; readonly result: unknown }
  | { readonly done: number; readonly failure: Failure };

/** Takes the next job, or undefined when there is none left. */
export function takeNext(next: Int32Array, jobs: readonly unknown[]): number | undefined {
  const number = Atomics.add(next, 0, 1);
  return number < jobs.length ? number : undefined;
}

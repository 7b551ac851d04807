/**
 * Work that can be done on any core: a description in plain values, done by a module that a worker thread loads for
 * itself. The module exports its kind as `job`. Descriptions and results are what structured clone can carry.
 */
export interface JobKind<Job, Result> {
  /** The module: its own import.meta.url. */
  readonly url: string;
  /**
   * Does one job. What it does depends on the description only, not on earlier jobs of the same thread.
   * @param tick may be called now and then with the seconds that have passed
   */
  readonly run: (job: Job, tick: (seconds: number) => void) => Promise<Result>;
}

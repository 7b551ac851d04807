import type { Machine, Snapshot, Steps } from "@faultline/mm";

/** One thread of a program. */
export interface Thread {
  /** Task number: threads are numbered 1, 2, … in order; 0 set the program up. */
  readonly task: number;
  readonly name: string;
  /** Starts the thread's generator. It must depend on the results of its steps only. */
  readonly start: () => Steps<unknown>;
  /** The function whose text is the thread's code, where that is not `start`. */
  readonly source?: object;
  /** A thread that may wait for ever, like a kernel worker: a run may end while it is blocked. */
  readonly daemon: boolean;
}

/** What is explored: threads over an initial state, under a machine that gives their steps a meaning. */
export interface Program {
  readonly machine: Machine;
  readonly initial: Snapshot;
  readonly threads: readonly Thread[];
}

import {
  createKernel,
  type Kernel,
  kernelMachine,
  profile,
  type Ref,
  rwsemForm,
  Snapshot,
  type Steps,
  task,
  taskCount,
  type Value,
  word,
} from "@faultline/mm";
import type { Program } from "./program.ts";
import { ScenarioError } from "./scenario.ts";

/**
 * What the threads of a plain program are made of. A name is a variable's, a lock's or a counter's own: words start at
 * 0, locks free, counters at 0. Each call is one step, but for `downRead` and `downWrite` of a fair rwsem, which may
 * queue and wait.
 */
export type PlainSteps = Pick<
  Kernel,
  // Words: load, store, wait for a value, compare and swap (gives what was there), fetch and add (gives what was there).
  | "readOnce"
  | "writeOnce"
  | "waitEvent"
  | "cmpxchg"
  | "fetchAdd"
  // Counters: adds of different threads commute.
  | "atomicAdd"
  | "atomicRead"
  // Locks. A failed trylock is a read.
  | "spinLock"
  | "spinTrylock"
  | "spinUnlock"
  | "mutexLock"
  | "mutexTrylock"
  | "mutexUnlock"
  | "downRead"
  | "downReadTrylock"
  | "upRead"
  | "downWrite"
  | "downWriteTrylock"
  | "upWrite"
  | "downgradeWrite"
  // References: each thread counts its own.
  | "refcountIncNotZero"
  | "refcountDec"
  | "refcountDecAndTest"
  // Loops that carry a value, and parts whose inner history does not matter once they are over.
  | "loop"
  | "frame"
>;

/** A thread: a generator that depends on the results of its steps only. */
export type PlainThread = (k: PlainSteps) => Steps<unknown>;

/** A program over shared variables and locks alone, as the benchmarks of the literature are. */
export interface PlainProgram {
  /** Values that differ from 0, by variable. */
  readonly init?: Readonly<Record<string, Value>>;
  /** The threads, in order, by name; in a list they are called t1, t2, … */
  readonly threads: readonly PlainThread[] | Readonly<Record<string, PlainThread>>;
  /** Form of rwsems: `plain` (default) has no queue of waiters. */
  readonly rwsem?: "plain" | "fair";
}

/**
 * Makes a program of shared variables, mutexes and rwsems ready to be explored or counted. No rule but those of locks
 * (released by their holder, no deadlock, one order) applies to it.
 * @throws ScenarioError E_SCENARIO for a program without threads, or a variable's name with `:` or `/` in it
 */
export function plainProgram({ init = {}, threads, rwsem = "plain" }: PlainProgram): Program {
  const named = Array.isArray(threads)
    ? threads.map((run: PlainThread, i) => [`t${i + 1}`, run] as const)
    : Object.entries(threads as Readonly<Record<string, PlainThread>>);
  if (named.length === 0) throw new ScenarioError("E_SCENARIO", "a plain program needs at least one thread");
  const k = createKernel({ ...profile("linux-6.12").knobs, rwsem });
  const writes = new Map<Ref, Value>([
    [taskCount, named.length + 1],
    [rwsemForm, rwsem],
  ]);
  named.forEach(([name], i) => writes.set(task.of(i + 1), { name, mm: null }));
  for (const [name, value] of Object.entries(init)) writes.set(wordCalled(name), value);
  return {
    machine: kernelMachine,
    initial: Snapshot.empty.with(writes),
    threads: named.map(([name, run], i) => ({ task: i + 1, name, daemon: false, source: run, start: () => run(k) })),
  };
}

function wordCalled(name: string): Ref {
  if (/[:/]/.test(name)) {
    throw new ScenarioError(
      "E_SCENARIO",
      `a variable cannot be called ${JSON.stringify(name)}: no : and no / in names`,
    );
  }
  return word.of(name);
}

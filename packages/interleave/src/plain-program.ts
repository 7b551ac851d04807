import {
  createKernel,
  type Kernel,
  kernelMachine,
  profile,
  type Ref,
  rwsemForm,
  Snapshot,
  type Steps,
  taskCount,
  type Value,
  word,
} from "@faultline/mm";
import type { Program } from "./program.ts";

/** A program over shared variables and locks alone, as the benchmarks of the literature are. */
export interface PlainProgram {
  /** Values that differ from 0, by variable. */
  readonly init?: Readonly<Record<string, Value>>;
  /** The threads, in order: each a generator over `k.readOnce`, `k.writeOnce`, `k.cmpxchg`, `k.mutexLock` … */
  readonly threads: readonly ((k: Kernel) => Steps<unknown>)[];
  /** Form of rwsems: `plain` (default) has no queue of waiters. */
  readonly rwsem?: "plain" | "fair";
}

/** Makes a program of shared variables, mutexes and rwsems ready to be explored or counted. */
export function plainProgram({ init = {}, threads, rwsem = "plain" }: PlainProgram): Program {
  const k = createKernel({ ...profile("linux-6.12").knobs, rwsem });
  const writes = new Map<Ref, Value>([
    [taskCount, threads.length + 1],
    [rwsemForm, rwsem],
  ]);
  for (const [name, value] of Object.entries(init)) writes.set(word.of(name), value);
  return {
    machine: kernelMachine,
    initial: Snapshot.empty.with(writes),
    threads: threads.map((run, i) => ({
      task: i + 1,
      name: `t${i + 1}`,
      daemon: false,
      source: run,
      start: () => run(k),
    })),
  };
}

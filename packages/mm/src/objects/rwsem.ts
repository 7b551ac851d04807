import { component, type Kind, type Ref } from "../store/component.ts";
import { ofName } from "../store/name-cache.ts";
import { TASK_OR_NULL, type TaskNames } from "../store/task-names.ts";
import type { Reader } from "../store/transaction.ts";
import { countTasks } from "./task.ts";

/** A sleeping reader-writer lock. One slot per reader: two read acquisitions touch different components. */
export interface Rwsem {
  readonly name: string;
  /** Class in the documented lock order. */
  readonly class: string;
  readonly writer: Ref<number | null>;
  readonly queue: Ref<readonly Waiter[]>;
  /** How often the task holds it for reading. */
  readonly reader: (task: number) => Ref<number>;
}

/** A task that queued: it can only be granted. */
export type Waiter = { readonly task: number; readonly mode: "read" | "write" };

const WAITERS: TaskNames<readonly Waiter[]> = {
  value: (waiters, rename) => waiters.map(({ task, mode }, place) => ({ task: rename(task, place), mode })),
};

const mmapWriter: Kind<number | null> = component("mm:#/mmap_lock/writer", null, TASK_OR_NULL);
const mmapQueue: Kind<readonly Waiter[]> = component("mm:#/mmap_lock/queue", [], WAITERS);
const mmapReader: Kind<number> = component("mm:#/mmap_lock/reader:#", 0, { ids: [1] });
const writer: Kind<number | null> = component("rwsem:#/writer", null, TASK_OR_NULL);
const queue: Kind<readonly Waiter[]> = component("rwsem:#/queue", [], WAITERS);
const reader: Kind<number> = component("rwsem:#/reader:#", 0, { ids: [1] });

const mmapLocks = new Map<number, Rwsem>();

/** An mm's mmap_lock. */
export function mmapLock(mm: number): Rwsem {
  let lock = mmapLocks.get(mm);
  if (lock === undefined) {
    lock = {
      name: `mm:${mm}/mmap_lock`,
      class: "mmap_lock",
      writer: mmapWriter.of(mm),
      queue: mmapQueue.of(mm),
      reader: (task) => mmapReader.of(mm, task),
    };
    mmapLocks.set(mm, lock);
  }
  return lock;
}

/** A rwsem of its own name, for instance `i_mmap0`. Digits and dots do not count for its class. */
export const namedRwsem: (name: string) => Rwsem = ofName((name) => ({
  name: `rwsem:${name}`,
  class: name.replace(/[\d.]+$/, ""),
  writer: writer.of(name),
  queue: queue.of(name),
  reader: (task) => reader.of(name, task),
}));

/** Whether anybody but this task holds the lock for reading; stops at the first who does. */
export function othersRead(tx: Reader, sem: Rwsem, except: number): boolean {
  const tasks = countTasks(tx);
  for (let task = 0; task < tasks; task++) {
    if (task !== except && tx.read(sem.reader(task)) > 0) return true;
  }
  return false;
}

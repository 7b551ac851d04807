import { component, type Kind, type Ref } from "../store/component.ts";
import { PAGE_NAME_SET } from "../store/page-names.ts";
import { NAME_SET } from "../store/task-names.ts";
import type { Reader, Transaction } from "../store/transaction.ts";

/** How many tasks there are, number 0 (set-up) included. Whoever must look at every task's slot counts to this. */
export const taskCount: Ref<number> = component("tasks", 1).of();

/** More tasks than any model has: a state that says so is forged, and would make every scan of slots endless. */
const MAX_TASKS = 100_000;

/**
 * Number of tasks, for whoever scans all of their slots.
 * @throws Error when the state claims more than a model can have
 */
export function countTasks(tx: Reader): number {
  const count = tx.read(taskCount);
  if (count > MAX_TASKS) throw new Error(`a state with ${count} tasks, of at most ${MAX_TASKS}`);
  return count;
}

/** Who a task is. `mm` is the address space it runs in, null for a kernel thread. */
export const task: Kind<Task> = component<Task>(
  "task:#",
  { name: "", mm: null },
  // No step asks for a task's name: renamed, it has none.
  { ids: [0], value: ({ mm }) => ({ name: "", mm }) },
);
export type Task = { readonly name: string; readonly mm: number | null };

/** Rules this task has broken so far, as sorted violation keys: part of the state, yet shared with nobody. */
export const violationsOf: Kind<readonly string[]> = component(
  "task:#/violations",
  [],
  { ids: [0], ...NAME_SET },
  PAGE_NAME_SET,
);

/** The locks a task holds, in the order taken. Only the task itself ever reads or writes this. */
export const heldBy: Kind<readonly Held[]> = component("task:#/held", [], { ids: [0] });
export type Held = {
  /** The lock object's printed name: `mm:0/mmap_lock`. */
  readonly lock: string;
  /** Its class in the documented order: `mmap_lock`. */
  readonly class: string;
  readonly mode: "read" | "write" | "spin" | "mutex" | "rcu";
};

/** Whether a task runs as a shrinker callback, where it may only try to take locks. */
export const inReclaim: Kind<boolean> = component("task:#/reclaim", false, { ids: [0] });

/** How a task holds a lock, or undefined. */
export function holds(tx: Reader, taskId: number, lock: string): Held | undefined {
  const held = tx.read(heldBy.of(taskId));
  const { length } = held;
  for (let i = 0; i < length; i++) if (held[i]!.lock === lock) return held[i];
  return undefined;
}

/** Notes that the task now holds the lock. */
export function noteAcquired(tx: Transaction, taskId: number, held: Held): void {
  tx.write(heldBy.of(taskId), [...tx.read(heldBy.of(taskId)), held]);
}

/** Notes that the task let go of the lock. @returns whether it held it */
export function noteReleased(tx: Transaction, taskId: number, lock: string): boolean {
  const held = tx.read(heldBy.of(taskId));
  let at = held.length - 1;
  while (at >= 0 && held[at]!.lock !== lock) at--;
  if (at < 0) return false;
  tx.write(heldBy.of(taskId), held.toSpliced(at, 1));
  return true;
}

import type { Value } from "./value.ts";

/**
 * Where components of a kind name tasks. Threads that run the same program are interchangeable: states that differ by
 * a renaming of them have the same futures, and whoever explores states counts them as one. What is not declared here
 * costs that reduction, never an answer: it is compared with what steps do.
 */
export interface TaskNames<T extends Value> {
  /** Places of the template, from 0, whose ids are task numbers. An id there that is no number names no task. */
  readonly ids?: readonly number[];
  /** The value with every task in it renamed, in its canonical order where it is a set. */
  value?(value: T, rename: RenameTask): T;
}

/** A renaming of tasks. Mentions of tasks in a value have places, in order; members of a set share place 0. */
export type RenameTask = (task: number, place?: number) => number;

/** A value that is a task or null. */
export const TASK_OR_NULL: TaskNames<number | null> = {
  value: (value, rename) => (value === null ? null : rename(value)),
};

/** A list of tasks whose order says nothing: kept in ascending order. */
export const TASK_SET: TaskNames<readonly number[]> = { value: renameSet };

/** A list of tasks in an order that matters. */
export const TASK_LIST: TaskNames<readonly number[]> = {
  value: (value, rename) => value.map((task, place) => rename(task, place)),
};

/** The set with its tasks renamed, in ascending order again. */
export function renameSet(tasks: readonly number[], rename: RenameTask): readonly number[] {
  return tasks.map((task) => rename(task, 0)).sort((a, b) => a - b);
}

/** A name that may have a task's number in it, as `task3` has: the same, renamed. */
export function renameIn(name: string, rename: RenameTask): string {
  return name.replace(NAMED, (_, word: string, task: string) => word + String(rename(Number(task))));
}

const NAMED = /\b(task:?|gather)(\d+)\b/g;

/** A record whose keys may name tasks, as holders do. */
export function renameKeys<V>(record: Readonly<Record<string, V>>, rename: RenameTask): Record<string, V> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [renameIn(name, rename), value]));
}

/** A sorted list of names that may name tasks. */
export const NAME_SET: TaskNames<readonly string[]> = {
  value: (names, rename) => names.map((name) => renameIn(name, rename)).sort(),
};

import { component, type Kind } from "../store/component.ts";
import { TASK_OR_NULL } from "../store/task-names.ts";

/** A spinlock or mutex by its name, for instance `alloc0`: the task that holds it, or null. */
export const lockOwner: Kind<number | null> = component("lock:#", null, TASK_OR_NULL);

/** The name under which a task holds the lock. */
export function lockKey(name: string): string {
  let known = keys.get(name);
  if (known === undefined) {
    known = `lock:${name}`;
    if (keys.size < MOST_CLASSES) keys.set(name, known);
  }
  return known;
}
const keys = new Map<string, string>();

/** A lock's class: its name without what tells instances apart. `ptl.0.512` is of class `ptl`. */
export function lockClass(name: string): string {
  let known = classes.get(name);
  if (known === undefined) {
    known = name.replace(/[\d.]+$/, "");
    // Names come from traces too, as many as somebody likes.
    if (classes.size < MOST_CLASSES) classes.set(name, known);
  }
  return known;
}
const classes = new Map<string, string>();
const MOST_CLASSES = 10_000;

import { component, type Kind } from "../store/component.ts";
import { ofName } from "../store/name-cache.ts";
import { TASK_OR_NULL } from "../store/task-names.ts";

/** A spinlock or mutex by its name, for instance `alloc0`: the task that holds it, or null. */
export const lockOwner: Kind<number | null> = component("lock:#", null, TASK_OR_NULL);

/** The name under which a task holds the lock. */
export const lockKey: (name: string) => string = ofName((name) => `lock:${name}`);

/** A lock's class: its name without what tells instances apart. `ptl.0.512` is of class `ptl`. */
export const lockClass: (name: string) => string = ofName((name) => name.replace(/[\d.]+$/, ""));

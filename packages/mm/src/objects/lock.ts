import { component, type Kind } from "../store/component.ts";

/** A spinlock or mutex by its name, for instance `alloc0`: the task that holds it, or null. */
export const lockOwner: Kind<number | null> = component("lock:#", null);

/** A lock's class: its name without what tells instances apart. `ptl.0.512` is of class `ptl`. */
export function lockClass(name: string): string {
  return name.replace(/[\d.]+$/, "");
}

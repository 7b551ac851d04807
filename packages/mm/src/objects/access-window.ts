import { component, type Kind } from "../store/component.ts";

/** A plain access that has begun and not ended, by variable and task: `vma0.vm_flags`. At most one per task. */
export const accessWindow: Kind<AccessWindow | null> = component<AccessWindow | null>("access:#/task:#", null, {
  ids: [1],
});
export type AccessWindow = {
  readonly kind: "read" | "write";
  /** The kernel function that does it. */
  readonly where: string;
};

import { component, type Kind } from "../store/component.ts";

/**
 * vma->vm_userfaultfd_ctx with VM_UFFD_MISSING or VM_UFFD_WP. It belongs to one generation of the VMA: whoever finds
 * another there finds none.
 */
export const vmaUffd: Kind<Uffd | null> = component<Uffd | null>("vma:#/uffd", null);
export type Uffd = {
  readonly gen: number;
  /** Number of the userfaultfd_ctx. */
  readonly ctx: number;
  readonly mode: UffdMode;
};

/** `missing`: faults on what is not mapped wait for a monitor. `wp-async`: write protection only, resolved in place. */
export type UffdMode = "missing" | "wp" | "wp-async";

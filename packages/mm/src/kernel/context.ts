import type { Steps } from "../events/step.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Knobs } from "./profile.ts";

/** What a procedure may ask: the kernel's knobs and the drivers' callbacks. */
export interface Context {
  readonly knobs: Knobs;
  /** vm_operations and mmap hooks by the name that a VMA's `ops` has. */
  readonly vmOps: ReadonlyMap<string, VmOps>;
}

/** A driver's callbacks. Absent ones do nothing. */
export interface VmOps {
  /** f_op->mmap: the VMA is new, in no tree; 0 or an errno. */
  readonly mmap?: (k: Context, vma: VmaPtr, owner: string) => Steps<number>;
  /** vm_ops->close. */
  readonly close?: (k: Context, vma: VmaPtr, owner: string) => Steps<null>;
}

import type { Steps } from "../events/step.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { VmFaultResult } from "./fault-lock.ts";
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
  /**
   * f_op->mmap_prepare, where the kernel has it: no VMA exists yet. What is to be mapped, changed as the driver wants
   * it, or an errno.
   */
  readonly mmapPrepare?: (k: Context, desc: MmapDesc, owner: string) => Steps<MmapDesc | number>;
  /** The action that mmap_prepare asked for, once the VMA is in the tree: 0 or an errno. */
  readonly mmapComplete?: (k: Context, vma: VmaPtr, owner: string) => Steps<number>;
  /** vm_ops->mprotect: 0, or an errno that forbids the change. */
  readonly mprotect?: (k: Context, vma: VmaPtr, newFlags: number, owner: string) => Steps<number>;
  /** vm_ops->mremap: the copy at its new place; 0, or an errno that moves everything back. */
  readonly mremap?: (k: Context, vma: VmaPtr, owner: string) => Steps<number>;
  /** f_op->release: the last reference on the file is gone. */
  readonly release?: (k: Context, file: number, owner: string) => Steps<null>;
  /** vm_ops->open: a copy or a part of a VMA, made by fork, split or move, which holds what the first one holds. */
  readonly open?: (k: Context, vma: VmaPtr, owner: string) => Steps<null>;
  /** vm_ops->may_split: 0, or an errno that forbids a VMA's edge at this address. */
  readonly maySplit?: (k: Context, vma: VmaPtr, address: number, owner: string) => Steps<number>;
  /** vm_ops->close: the VMA is out of the tree, its page tables are gone, its memory is freed next. */
  readonly close?: (k: Context, vma: VmaPtr, owner: string) => Steps<null>;
  /**
   * vm_ops->fault, under mmap_lock only: it maps the page itself (VM_FAULT_NOPAGE, `ok`), or says how the access ends;
   * `retry` when it has dropped mmap_lock.
   */
  readonly fault?: (k: Context, fault: VmFault, owner: string) => Steps<VmFaultResult>;
}

/** struct vm_area_desc: what a VMA is going to be. */
export type MmapDesc = {
  readonly mm: number;
  readonly start: number;
  readonly end: number;
  /** VM_* flags. */
  readonly flags: number;
  /** In pages. */
  readonly pgoff: number;
  readonly ops: string;
  readonly owner: string;
};

/** struct vm_fault: where an access found nothing mapped. `address` is that of the page. */
export type VmFault = {
  readonly mm: number;
  readonly vma: VmaPtr;
  readonly address: number;
  readonly write: boolean;
};

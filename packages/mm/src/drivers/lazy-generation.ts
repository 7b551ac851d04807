/**
 * The lazy design: every open file has an inode of its own, the sender writes into an array of pages, which are mapped
 * when the receiver touches them or is about to, and unmapped through rmap. Its locks can be left out, one by one.
 */
export type LazyBinderGeneration = {
  /** Whether the fault handler holds the driver's mutex from its look at the slot until the PTE is there. */
  readonly handlerLock: boolean;
  /** Whether reclaim holds it from emptying the slot until no page table maps the page. */
  readonly reclaimLock: boolean;
  /** What reclaim does first: it empties the slot, or unmaps. */
  readonly reclaimOrder: "clear-first" | "unmap-first";
  /** When pages are mapped: on a fault; or before the receiver returns to user mode, and on a fault where that missed. */
  readonly install: "fault" | "return";
};

const FAULT: LazyBinderGeneration = {
  handlerLock: true,
  reclaimLock: true,
  reclaimOrder: "clear-first",
  install: "fault",
};

export const lazyBinderGenerations: Readonly<Record<"fault" | "return", LazyBinderGeneration>> = {
  fault: FAULT,
  return: { ...FAULT, install: "return" },
};

/** The name of the vm_ops whose fault handler behaves as this generation's. */
export function lazyOps({ handlerLock }: LazyBinderGeneration): string {
  return handlerLock ? "lazy_binder" : "lazy_binder_unlocked";
}

/**
 * What differs between generations of the C driver's page allocator, drivers/android/binder_alloc.c. A scenario takes a
 * preset and may change any knob.
 */
export type BinderGeneration = {
  /** Install: how mmap_lock is taken. */
  readonly installLock: "write" | "read";
  /** Install: the kept pointer alloc->vma, or vma_lookup under the lock. */
  readonly installVma: "stash" | "lookup";
  /** Install: all pages of a buffer under alloc->mutex and one mmap_lock, or page by page with neither held between. */
  readonly installUnit: "range" | "page";
  /**
   * Install: what -EBUSY from vm_insert_page leads to: the transaction fails; the own page is published all the same;
   * or the winner's page is looked up and published, its reference kept (`lookup`) or put (`lookup-put`).
   */
  readonly installBusy: "fail" | "publish-own" | "lookup" | "lookup-put";
  /** Free: whether a range's pages go to the lru from its first page on or from its last one back. */
  readonly freeOrder: "up" | "down";
  /** Reclaim: how mmap_lock is tried. */
  readonly reclaimLock: "write" | "read";
  /** Reclaim: alloc->vma read before the lock is tried, read under it, or vma_lookup under it. */
  readonly reclaimVma: "stash-before-lock" | "stash" | "lookup";
  /** Reclaim: which of alloc->mutex (or alloc->lock) and mmap_lock is tried first. */
  readonly reclaimFirst: "alloc" | "mmap";
  /** Reclaim: when the VMA found is not the allocator's: told by alloc->vma, by alloc->mapped. */
  readonly reclaimImpostor: "compare" | "mapped";
  /** How references on the address space are put. */
  readonly put: "mmput" | "mmput_async";
  /** What alloc->mutex or alloc->lock is. */
  readonly allocLock: "mutex" | "spin";
};

const V5_4: BinderGeneration = {
  installLock: "read",
  installVma: "stash",
  installUnit: "range",
  installBusy: "fail",
  freeOrder: "down",
  reclaimLock: "read",
  reclaimVma: "stash",
  reclaimFirst: "alloc",
  reclaimImpostor: "compare",
  put: "mmput",
  allocLock: "mutex",
};

const V6_6: BinderGeneration = { ...V5_4, installLock: "write" };
const V6_1: BinderGeneration = { ...V6_6, reclaimVma: "lookup", put: "mmput_async" };
const V6_12: BinderGeneration = {
  ...V6_1,
  installUnit: "page",
  freeOrder: "up",
  reclaimFirst: "mmap",
  allocLock: "spin",
};

/** Presets by the kernel they stand in; 6.1 is the long-term kernel with the fixes of early 2024. */
export const binderGenerations: Readonly<Record<"5.0" | "5.4" | "6.1" | "6.6" | "6.12" | "6.14", BinderGeneration>> = {
  "5.0": { ...V5_4, installLock: "write", reclaimLock: "write", reclaimVma: "stash-before-lock" },
  "5.4": V5_4,
  "6.1": V6_1,
  "6.6": V6_6,
  "6.12": V6_12,
  "6.14": {
    ...V6_12,
    installLock: "read",
    installVma: "lookup",
    installBusy: "lookup",
    reclaimImpostor: "mapped",
    allocLock: "mutex",
  },
};

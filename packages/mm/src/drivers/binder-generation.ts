/**
 * What differs between generations of the C driver's page allocator, drivers/android/binder_alloc.c. A scenario takes a
 * preset and may change any knob.
 */
export type BinderGeneration = {
  /** Install: how mmap_lock is taken; `vma`: the per-VMA lock, mmap_lock for reading where that fails. */
  readonly installLock: "write" | "read" | "vma";
  /**
   * Install: the kept pointer alloc->vma; vma_lookup of the page under the lock, valid while alloc->mapped; or
   * vma_lookup of alloc->vma_addr, which close clears.
   */
  readonly installVma: "stash" | "lookup" | "lookup-start";
  /** Install: all pages of a buffer under alloc->mutex and one mmap_lock, or page by page with neither held between. */
  readonly installUnit: "range" | "page";
  /**
   * Install: what -EBUSY from vm_insert_page leads to: the transaction fails; the own page is published all the same;
   * or the winner's page is looked up and published, its reference kept (`lookup`) or put (`lookup-put`).
   */
  readonly installBusy: "fail" | "publish-own" | "lookup" | "lookup-put";
  /** Free: whether a range's pages go to the lru from its first page on or from its last one back. */
  readonly freeOrder: "up" | "down";
  /**
   * Reclaim: how mmap_lock is tried; `vma`: the per-VMA lock, then mmap_lock for reading; `vma-only`: nothing else
   * than the per-VMA lock.
   */
  readonly reclaimLock: "write" | "read" | "vma" | "vma-only";
  /**
   * Reclaim: alloc->vma read before the lock is tried, or read under it; vma_lookup of the page under it, or of
   * alloc->vma_addr, which close clears.
   */
  readonly reclaimVma: "stash-before-lock" | "stash" | "lookup" | "lookup-start";
  /** Reclaim: which of alloc->mutex (or alloc->lock) and mmap_lock is tried first. */
  readonly reclaimFirst: "alloc" | "mmap";
  /**
   * Reclaim: when the VMA found is not the allocator's: told by alloc->vma or by alloc->mapped, and the page is skipped;
   * `reclaim`: told by alloc->mapped, and the page is freed without a zap.
   */
  readonly reclaimImpostor: "compare" | "mapped" | "reclaim";
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

const V6_0: BinderGeneration = { ...V5_4, installVma: "lookup-start", reclaimVma: "lookup-start" };
const V6_6: BinderGeneration = { ...V5_4, installLock: "write" };
const V6_1: BinderGeneration = { ...V6_6, reclaimVma: "lookup", put: "mmput_async" };
const V6_12: BinderGeneration = {
  ...V6_1,
  installUnit: "page",
  freeOrder: "up",
  reclaimFirst: "mmap",
  allocLock: "spin",
};
const V6_14: BinderGeneration = {
  ...V6_12,
  installLock: "vma",
  installVma: "lookup",
  installBusy: "lookup",
  reclaimLock: "vma",
  reclaimImpostor: "mapped",
  allocLock: "mutex",
};

export type BinderGenerationName =
  "5.0" | "5.4" | "6.0" | "6.1" | "6.4" | "6.6" | "6.8" | "6.12" | "6.14" | "7.0" | "2026-06";

/**
 * Presets by the kernel they stand in; 6.1 is the long-term kernel with the fixes of early 2024, 2026-06 the series
 * "binder: Make shrinker rely solely on per-VMA lock" as posted.
 */
export const binderGenerations: Readonly<Record<BinderGenerationName, BinderGeneration>> = {
  "5.0": { ...V5_4, installLock: "write", reclaimLock: "write", reclaimVma: "stash-before-lock" },
  "5.4": V5_4,
  "6.0": V6_0,
  "6.1": V6_1,
  "6.4": V6_6,
  "6.6": V6_6,
  "6.8": V6_12,
  "6.12": V6_12,
  "6.14": V6_14,
  "7.0": V6_14,
  "2026-06": { ...V6_14, reclaimLock: "vma-only", reclaimImpostor: "reclaim" },
};

/**
 * What some repairs changed, by their commit: the knobs of a generation as they were before, the others as they are.
 * 5cec2d2e5839: alloc->vma was read before the lock that keeps it. 3f489c2067c5: it was used under the read lock, after
 * munmap had downgraded.
 */
export const binderRepairs: Readonly<Record<string, Partial<BinderGeneration>>> = {
  "5cec2d2e5839": { reclaimVma: "stash-before-lock" },
  "3f489c2067c5": { reclaimVma: "stash" },
};

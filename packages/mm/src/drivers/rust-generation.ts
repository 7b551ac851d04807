/** What differs between generations of the Rust driver, drivers/android/binder/page_range.rs. */
export type RustBinderGeneration = {
  /** Whether vm_ops and vm_private_data are compared before a VMA found by address is used (CVE-2026-43434). */
  readonly checkVma: boolean;
  /** use_page_slow: mmap_lock for reading, or the per-VMA lock first. */
  readonly installLock: "mmap" | "vma";
  /** Whether the mutex mm_lock is held over check and insert, and over take and zap; no release left it out. */
  readonly mmLock: boolean;
  /** Whether the destructor takes mm_lock before it empties the range; no release left it out. */
  readonly dropTakesMmLock: boolean;
  /** How mm_lock is unlocked: at once, or in the two steps that mutex_unlock has while somebody waits. */
  readonly unlock: "at-once" | "two-steps";
};

const V6_18_0: RustBinderGeneration = {
  checkVma: false,
  installLock: "mmap",
  mmLock: true,
  dropTakesMmLock: true,
  unlock: "at-once",
};
const V6_18_19: RustBinderGeneration = { ...V6_18_0, checkVma: true };

/** Presets by the kernel they stand in. */
export const rustBinderGenerations: Readonly<Record<"6.18.0" | "6.18.19" | "7.0", RustBinderGeneration>> = {
  "6.18.0": V6_18_0,
  "6.18.19": V6_18_19,
  "7.0": { ...V6_18_19, installLock: "vma" },
};

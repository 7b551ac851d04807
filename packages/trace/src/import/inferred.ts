/**
 * Steps of VMA locks, for which no kernel has an event: that they happened is inferred, from page faults that show no
 * mmap_lock, and from changes of VMAs under it; when, from the lines around them. include/linux/mmap_lock.h, mm/mmap_lock.c
 */
export const INFERRED: ReadonlySet<string> = new Set([
  "vma_lock_seq_relaxed",
  "vma_refcount_inc",
  "vma_vm_mm_rcu",
  "vma_vm_mm",
  "vma_lock_seq_acquire",
  "vma_start_read_locked",
  "lock_vma_anon_vma",
  "lock_vma_under_rcu_recheck",
  "vma_refcount_put",
  "vma_end_read",
  "rcuwait_wake_up",
  "__vma_enter_locked",
  "__vma_exclude_readers",
  "rcuwait_wait_event",
  "rcuwait_wait_event_killable",
  "__vma_start_write",
  "__vma_exit_locked",
  "vma_mark_detached",
  "vma_mark_attached",
]);

/** The steps with which a VMA lock is had: for reading, or for writing. */
export const VMA_LOCKED: ReadonlySet<string> = new Set(["vma_end_read", "__vma_start_write"]);

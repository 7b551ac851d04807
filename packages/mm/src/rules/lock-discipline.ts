import type { Rule } from "../events/violation.ts";

export const LOCK_ORDER: Rule = {
  name: "LOCK-ORDER",
  severity: "S4",
  wording: "no blocking acquire goes against the documented lock order",
  source: "mm/rmap.c, the lock ordering comment at its head; Documentation/mm/process_addrs.rst",
};

export const NO_BLOCK_UNDER_VR: Rule = {
  name: "NO-BLOCK-UNDER-VR",
  severity: "S4",
  wording: "no blocking mmap_lock acquire while a VMA read lock is held, and no recursive mmap_read_lock",
  source: "Documentation/mm/process_addrs.rst; kernel/locking/rwsem.c, RWSEM_READ_FAILED_MASK",
};

export const ATOMIC_SLEEP: Rule = {
  name: "ATOMIC-SLEEP",
  severity: "S4",
  wording: "no step that may sleep while a spinlock, a page-table lock or RCU is held",
  source: "kernel/sched/core.c, __might_resched()",
};

export const RECLAIM_TRY: Rule = {
  name: "RECLAIM-TRY",
  severity: "S4",
  wording: "a shrinker only tries locks that whoever entered reclaim may hold",
  source: "drivers/android/binder/page_range.rs, comment at its head; mm/shrinker.c",
};

export const LOCK_HELD: Rule = {
  name: "LOCK-HELD",
  severity: "S2",
  wording: "a lock is released, or downgraded, by the task that holds it in that mode",
  source: "kernel/locking/lockdep.c, print_unlock_imbalance_bug()",
};

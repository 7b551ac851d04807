import type { Rule } from "../events/violation.ts";

export const RCU_CURSOR: Rule = {
  name: "RCU-CURSOR",
  severity: "S0",
  wording: "a walker's position in the tree is not used after its RCU section, when its node may have been replaced",
  source: "mm/mmap_lock.c, lock_vma_under_rcu(), commit 270065f514c5; lib/maple_tree.c, mas_pause()",
};

export const UNLOCK_LIFETIME: Rule = {
  name: "UNLOCK-LIFETIME",
  severity: "S0",
  wording: "the memory of a mutex is not freed before the call that unlocks it has returned; a spinlock's may be",
  source: "kernel/locking/mutex.c, mutex_unlock(), its kernel-doc",
};

export const HEAP_LIVE: Rule = {
  name: "HEAP-LIVE",
  severity: "S0",
  wording: "a heap object is used, and freed once, between its allocation and its free",
  source: "mm/slub.c, kfree()",
};

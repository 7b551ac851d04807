import type { Rule } from "../events/violation.ts";

export const VMA_ATTACH: Rule = {
  name: "VMA-ATTACH",
  severity: "S0",
  wording:
    "a VMA in the tree has a reference of its own, one without references has no reader, a freed one has neither",
  source: "include/linux/mmap_lock.h, vma_mark_detached(); mm/vma_init.c, vm_area_free()",
};

export const VW_EXCL: Rule = {
  name: "VW-EXCL",
  severity: "S0",
  wording: "while a VMA is write-locked no task is inside with its read lock",
  source: "mm/mmap_lock.c, __vma_start_write()",
};

export const VW_ENDS: Rule = {
  name: "VW-ENDS",
  severity: "S2",
  wording: "when mmap_write_lock is let go of, or downgraded, no VMA stays write-locked",
  source: "include/linux/mmap_lock.h, vma_end_write_all()",
};

export const STORE_LOCKED: Rule = {
  name: "STORE-LOCKED",
  severity: "S0",
  wording: "nobody gets hold of a VMA that is in the tree and still being set up: it is write-locked when it is stored",
  source: "mm/vma.c, __mmap_new_vma(); commit 33313a747e81",
};

export const RETRY_DROPPED: Rule = {
  name: "RETRY-DROPPED",
  severity: "S0",
  wording: "whoever returns VM_FAULT_RETRY has dropped the lock under which it was called",
  source: "mm/memory.c, handle_mm_fault(); include/linux/mm_types.h, VM_FAULT_RETRY",
};

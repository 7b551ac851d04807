import type { Rule } from "../events/violation.ts";

export const VMA_LIVE: Rule = {
  name: "VMA-LIVE",
  severity: "S0",
  wording:
    "a VMA is touched only while a lock that stabilises it is held, or by the one task that maps or unmaps it privately",
  source: "Documentation/mm/process_addrs.rst, table of lock states",
};

export const VMA_GEN: Rule = {
  name: "VMA-GEN",
  severity: "S0",
  wording: "the VMA that is used is the one that was looked up, not another in the same memory",
  source: "mm/vma_init.c, vm_area_free(), SLAB_TYPESAFE_BY_RCU",
};

export const VW_NEEDS_MMW: Rule = {
  name: "VW-NEEDS-MMW",
  severity: "S2",
  wording: "vma_start_write, a flag change of a live VMA, attach and detach only by the holder of mmap_write_lock",
  source: "include/linux/mmap_lock.h, __is_vma_write_locked()",
};

import type { Rule } from "../events/violation.ts";

export const TLB_PAGE: Rule = {
  name: "TLB-PAGE",
  severity: "S0",
  wording: "no freed page is reachable through a stale TLB entry",
  source: "mm/mmu_gather.c; include/asm-generic/tlb.h, tlb_free_vmas()",
};

export const TLB_PERM: Rule = {
  name: "TLB-PERM",
  severity: "S1",
  wording: "when mmap_lock is let go of after a change of rights no TLB entry has more of them than PTE and VMA",
  source: "mm/mprotect.c, change_protection(); mm/mmap.c, dup_mmap(), flush_tlb_mm()",
};

import type { Rule } from "../events/violation.ts";

export const PTE_LOCK: Rule = {
  name: "PTE-LOCK",
  severity: "S0",
  wording: "a PTE changes only under its page-table lock",
  source: "Documentation/mm/process_addrs.rst, page table locks",
};

export const PTE_INSTALL: Rule = {
  name: "PTE-INSTALL",
  severity: "S0",
  wording: "an empty PTE is filled only under the mmap or VMA lock of an attached VMA that covers it, or by its mapper",
  source: "Documentation/mm/process_addrs.rst, warning on installing page tables",
};

export const PTE_COVERED: Rule = {
  name: "PTE-COVERED",
  severity: "S0",
  wording:
    "no PTE outlives its VMA: when tables are freed and when all is quiet each present one lies in an attached VMA",
  source: "mm/memory.c, free_pgtables(); mm/vma.c, vms_clear_ptes()",
};

export const INS_MIXED: Rule = {
  name: "INS-MIXED",
  severity: "S6",
  wording: "vm_insert_page on a VMA in use wants VM_MIXEDMAP set beforehand",
  source: "mm/memory.c, vm_insert_page()",
};

export const RANGE: Rule = {
  name: "RANGE",
  severity: "S3",
  wording: "a range to zap does not wrap and lies inside its VMA",
  source: "mm/memory.c, unmap_page_range(), BUG_ON(addr >= end)",
};

export const PAGE_REF: Rule = {
  name: "PAGE-REF",
  severity: "S0",
  wording: "a page lives while it is referenced: no put without a reference, no use after the last",
  source: "include/linux/mm.h, put_page_testzero()",
};

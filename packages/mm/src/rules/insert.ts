import type { Rule } from "../events/violation.ts";

export const INS_NOT_PFN: Rule = {
  name: "INS-NOT-PFN",
  severity: "S3",
  wording: "no page is inserted into a VMA of raw page frames (VM_PFNMAP) or of huge pages (VM_HUGETLB)",
  source: "mm/memory.c, vm_insert_page(), BUG_ON(vma->vm_flags & VM_PFNMAP)",
};

export const RIGHT_OFFSET: Rule = {
  name: "RIGHT-OFFSET",
  severity: "S1",
  wording: "a driver's page with index i is mapped, and zapped, at the address whose offset in the mapping is i",
  source: "drivers/android/binder/page_range.rs; CVE-2026-43434, what remains after the ownership check",
};

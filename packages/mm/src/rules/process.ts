import type { Rule } from "../events/violation.ts";

export const UNSTABLE: Rule = {
  name: "UNSTABLE",
  severity: "S1",
  wording:
    "no fault installs a private page under a page-table lock taken after MMF_UNSTABLE was set: the flag is read under it",
  source: "include/linux/oom.h, check_stable_address_space(); mm/memory.c, do_anonymous_page()",
};

export const UFFD_TYPE: Rule = {
  name: "UFFD-TYPE",
  severity: "S6",
  wording:
    "a VMA with a userfaultfd context is anonymous, shmem or hugetlb, or write-protects only; it has no VM_MIXEDMAP",
  source: "include/linux/userfaultfd_k.h, vma_can_userfault()",
};

export const FORK_LOCKED: Rule = {
  name: "FORK-LOCKED",
  severity: "S0",
  wording:
    "fork write-protects and shares a VMA's private pages only while that VMA is write-locked: no fault runs in it",
  source: "mm/memory.c, copy_page_range(), vma_assert_write_locked(); fb49c455323f",
};

import type { Rule } from "../events/violation.ts";

export const OWNER: Rule = {
  name: "OWNER",
  severity: "S1",
  wording: "a driver inserts into and zaps only VMAs whose vm_ops and vm_private_data are its own",
  source: "drivers/android/binder/page_range.rs, check_vma(); CVE-2026-43434",
};

export const DRV_PAGE: Rule = {
  name: "DRV-PAGE",
  severity: "S1",
  wording: "when all is quiet a driver's slot and the PTE of its address name the same page",
  source: "drivers/android/binder_alloc.c, binder_install_single_page()",
};

export const ZAP_COMPLETE: Rule = {
  name: "ZAP-COMPLETE",
  severity: "S6",
  wording: "a page that a driver gives back as unmapped is mapped by no PTE that a VMA still covers",
  source: "drivers/android/binder/page_range.rs, free_page(); mm/memory.c, unmap_single_vma()",
};

export const DRV_STATE: Rule = {
  name: "DRV-STATE",
  severity: "S6",
  wording: "a driver believes that its memory is mapped exactly while a VMA of it is, or is being unmapped",
  source: "drivers/android/binder_alloc.c, binder_alloc_vma_close(); mm/vma.c, vma_close()",
};

export const RECLAIM_LIVE: Rule = {
  name: "RECLAIM-LIVE",
  severity: "S5",
  wording:
    "every unused driver page can be reclaimed: none is skipped for as long as a foreign VMA stands at its address",
  source: "drivers/android/binder_alloc.c, binder_alloc_free_page(), err_invalid_vma; mm/list_lru.c, LRU_SKIP",
};

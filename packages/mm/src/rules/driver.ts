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

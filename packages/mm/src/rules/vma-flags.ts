import type { Rule } from "../events/violation.ts";

export const FLAG_PAIR: Rule = {
  name: "FLAG-PAIR",
  severity: "S6",
  wording:
    "an access that is allowed may be allowed: VM_WRITE implies VM_MAYWRITE, and so on; a driver that refuses an access clears its VM_MAY* flag before its hook returns",
  source: "mm/mprotect.c, do_mprotect_pkey(), newflags >> 4; mm/memory.c, sanitize_fault_flags()",
};

export const FLAG_COMBO: Rule = {
  name: "FLAG-COMBO",
  severity: "S6",
  wording:
    "VM_PFNMAP and VM_MIXEDMAP exclude each other and stay as they are once pages are mapped; VM_HUGETLB is for files of hugetlbfs; a driver changes flags, and vm_ops, while the VMA is new",
  source: "mm/memory.c, vm_insert_page(), vmf_insert_pfn_prot(); mm/hugetlb.c, hstate_vma()",
};

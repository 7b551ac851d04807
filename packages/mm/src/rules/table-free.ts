import type { Rule } from "../events/violation.ts";

export const PGT_FREE: Rule = {
  name: "PGT-FREE",
  severity: "S0",
  wording:
    "a page table is freed empty, when no VMA over it is reachable by rmap and nobody walks it outside RCU; it is walked " +
    "under the mmap, VMA or rmap lock",
  source: "Documentation/mm/process_addrs.rst, page table freeing; mm/pgtable-generic.c, __pte_offset_map_lock()",
};

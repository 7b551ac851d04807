import type { Rule } from "../events/violation.ts";

export const PERM: Rule = {
  name: "PERM",
  severity: "S1",
  wording: "a writable PTE lies in a VMA with VM_WRITE, and never maps a page that a driver keeps read-only for users",
  source: "mm/memory.c, maybe_mkwrite(); mm/mprotect.c, can_change_pte_writable(); drivers/android/binder_alloc.c",
};

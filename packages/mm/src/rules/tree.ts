import type { Rule } from "../events/violation.ts";

export const TREE_GAP: Rule = {
  name: "TREE-GAP",
  severity: "S6",
  wording: "a lockless lookup of an address that mmap(MAP_FIXED) maps anew finds the old mapping or the new one",
  source: "mm/vma.c, __mmap_region(), commit 6afd9d3b1849",
};

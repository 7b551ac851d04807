import type { Rule } from "../events/violation.ts";

export const SWAP_CACHE: Rule = {
  name: "SWAP-CACHE",
  severity: "S0",
  wording: "a folio enters and leaves the swap cache under its own lock, so that who has it locked has its slot too",
  source: "mm/swap_state.c, __swap_cache_add_folio(), __swap_cache_del_folio(); mm/swapfile.c, folio_free_swap()",
};

export const FOLIO_RMAP: Rule = {
  name: "FOLIO-RMAP",
  severity: "S0",
  wording: "the mapping and index of an anonymous folio name the place where it is mapped",
  source: "mm/rmap.c, __page_check_anon_rmap()",
};

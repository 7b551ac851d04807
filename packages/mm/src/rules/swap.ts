import type { Rule } from "../events/violation.ts";

export const FOLIO_RMAP: Rule = {
  name: "FOLIO-RMAP",
  severity: "S0",
  wording: "the mapping and index of an anonymous folio name the place where it is mapped",
  source: "mm/rmap.c, __page_check_anon_rmap()",
};

import type { Rule } from "../events/violation.ts";

export const NO_LEAK: Rule = {
  name: "NO-LEAK",
  severity: "S5",
  wording: "when all threads are done none of them still holds a reference or a lock, and a dead mm holds nothing",
  source: "kernel/fork.c, check_mm(); lib/ref_tracker.c",
};

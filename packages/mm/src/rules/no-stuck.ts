import type { Rule } from "../events/violation.ts";

/** The rule that the explorer itself checks: it alone knows which threads wait. */
export const NO_STUCK: Rule = {
  name: "NO-STUCK",
  severity: "S4",
  wording: "no reachable state leaves every live thread blocked",
  source: "Documentation/locking/lockdep-design.rst; the hung task detector, kernel/hung_task.c",
};

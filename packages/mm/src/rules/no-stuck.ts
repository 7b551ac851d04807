import type { Rule } from "../events/violation.ts";

/** The rule that the explorer itself checks: it alone knows which threads wait. */
export const NO_STUCK: Rule = {
  name: "NO-STUCK",
  severity: "S4",
  wording: "no reachable state leaves every live thread blocked",
  source: "Documentation/locking/lockdep-design.rst; the hung task detector, kernel/hung_task.c",
};

/** NO-STUCK where nothing blocks: the explorer finds it as a cycle of states. */
export const LIVELOCK: Rule = {
  ...NO_STUCK,
  wording: "no cycle of retries goes on for ever, with every thread that can run running and none finishing",
};

/** NO-STUCK for one thread: daemons go on, which is what they are for, and it never gets its turn. */
export const STARVATION: Rule = {
  ...NO_STUCK,
  severity: "S5",
  wording: "no thread is kept from finishing for ever by daemons that go on, however often it tries or is woken",
};

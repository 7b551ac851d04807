import type { Rule } from "../events/violation.ts";

export const MM_REF: Rule = {
  name: "MM-REF",
  severity: "S0",
  wording: "users > 0 implies count > 0; the struct is freed only at count 0; no step touches a freed mm",
  source: "include/linux/sched/mm.h; kernel/fork.c, __mmdrop()",
};

export const MM_USERS_GET: Rule = {
  name: "MM-USERS-GET",
  severity: "S0",
  wording: "mmget() only while somebody holds mm_users; else mmget_not_zero()",
  source: "include/linux/sched/mm.h, mmget()",
};

export const MM_ACCESS: Rule = {
  name: "MM-ACCESS",
  severity: "S0",
  wording: "an address space is looked into only by its own process or with a reference on mm_users",
  source: "mm/oom_kill.c, __oom_reap_task_mm(); drivers/android/binder_alloc.c",
};

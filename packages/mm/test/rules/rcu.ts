import { mutexUnlockOwner, mutexUnlockWake } from "../../src/events/heap-steps.ts";
import { AT, mapAt, PAGE } from "../mappings.ts";
import { type RuleCase, ruleCase } from "./rule-case.ts";

export const rcuCases: readonly RuleCase[] = [
  ruleCase(
    "RCU-CURSOR",
    "a walk is resumed in the next RCU section, the tree having changed",
    "mas_reset before it",
    (w, near) => {
      const mm = w.mm(1, 2);
      mapAt(w, mm, AT, 1);
      w.as(1, w.k.rcuReadLock());
      w.as(1, w.k.masWalk(mm, AT, "start"));
      w.as(1, w.k.rcuReadUnlock());
      w.as(2, w.k.munmap(mm, AT, PAGE));
      w.as(1, w.k.rcuReadLock());
      if (near) w.as(1, w.k.masReset());
      w.as(1, w.k.masWalk(mm, AT, "resume"));
    },
    { profile: "linux-6.18.0" },
  ),
  ruleCase("UNLOCK-LIFETIME", "kfree of the object whose mutex is being unlocked", "after the wake-up", (w, near) => {
    w.as(1, w.k.kmalloc("range"));
    w.as(1, w.k.mutexLock("range.mutex"));
    w.as(1, mutexUnlockOwner("range.mutex"));
    if (near) w.as(1, mutexUnlockWake("range.mutex", "range"));
    w.as(2, w.k.mutexLock("range.mutex"));
    w.as(2, w.k.mutexUnlock("range.mutex"));
    w.as(2, w.k.kfree("range"));
    if (!near) w.as(1, mutexUnlockWake("range.mutex", "range"));
  }),
  ruleCase("HEAP-LIVE", "a use after kfree", "before it", (w, near) => {
    w.as(1, w.k.kmalloc("range"));
    if (near) w.as(1, w.k.heapUse("range"));
    w.as(1, w.k.kfree("range"));
    if (!near) w.as(1, w.k.heapUse("range"));
  }),
];

import { exitMm } from "../../src/events/mm-steps.ts";
import { AT } from "../mappings.ts";
import { type RuleCase, ruleCase } from "./rule-case.ts";

export const mmLifeCases: readonly RuleCase[] = [
  ruleCase("MM-REF", "mmput_async", "mmget before it", (w, near) => {
    const mm = w.mm(1);
    if (near) w.as(1, w.k.mmget(mm));
    w.as(1, w.k.mmputAsync(mm));
  }),
  ruleCase("MM-REF", "mmget_not_zero after the process has exited", "mmgrab before the exit", (w, near) => {
    const mm = w.mm(0);
    if (near) w.as(1, w.k.mmgrab(mm));
    w.as(0, w.k.exitProcess(mm));
    w.as(1, w.k.mmgetNotZero(mm));
  }),
  ruleCase("MM-USERS-GET", "mmget after the process' last put", "mmget instead of mmgrab before it", (w, near) => {
    const mm = w.mm(0);
    w.as(1, near ? w.k.mmget(mm) : w.k.mmgrab(mm));
    w.as(0, exitMm(mm));
    w.as(1, w.k.mmget(mm));
  }),
  ruleCase("MM-ACCESS", "vma_lookup in a foreign mm, under its lock", "mmget_not_zero before it", (w, near) => {
    const mm = w.mm(2);
    if (near) w.as(1, w.k.mmgetNotZero(mm));
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.vmaLookup(mm, AT));
  }),
];

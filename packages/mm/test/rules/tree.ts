import { mapFixedBegin, mapFixedEnd } from "../../src/events/tree-steps.ts";
import { AT, PAGE } from "../mappings.ts";
import type { World } from "../world.ts";
import { type RuleCase, ruleCase } from "./rule-case.ts";

/** Task 2 looks this address up without a lock, while task 1 is about to map the page at AT anew. */
function lookUp(w: World, address: number, over: boolean): void {
  const mm = w.mm(1, 2);
  w.as(1, mapFixedBegin(mm, AT, AT + PAGE));
  if (over) w.as(1, mapFixedEnd(mm));
  w.as(2, w.k.rcuReadLock());
  w.as(2, w.k.mtreeLoad(mm, address));
  w.as(2, w.k.rcuReadUnlock());
}

export const treeCases: readonly RuleCase[] = [
  ruleCase("TREE-GAP", "a lockless lookup finds nothing where mmap is about to map", "beside it", (w, near) => {
    lookUp(w, near ? AT + PAGE : AT, false);
  }),
  ruleCase("TREE-GAP", "a lockless lookup finds nothing where mmap is about to map", "mmap is done", (w, near) => {
    lookUp(w, AT, near);
  }),
];

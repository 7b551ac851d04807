import { doShrinkSlab } from "../../src/events/lru-steps.ts";
import { mmputTestzero } from "../../src/events/mm-steps.ts";
import { AT, mapAt, page } from "../mappings.ts";
import { type RuleCase, ruleCase } from "./rule-case.ts";

export const lockCases: readonly RuleCase[] = [
  ruleCase("LOCK-ORDER", "i_mmap and mmap_lock", "mmap_lock first", (w, near) => {
    const mm = w.mm(1);
    if (near) w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.downWrite("i_mmap0"));
    if (!near) w.as(1, w.k.mmapReadLock(mm));
  }),
  ruleCase(
    "NO-BLOCK-UNDER-VR",
    "mmap_lock under a VMA read lock",
    "a try",
    (w, near) => {
      const mm = w.mm(1);
      mapAt(w, mm, AT, 1);
      w.as(1, w.k.lockVmaUnderRcu(mm, AT));
      w.as(1, near ? w.k.mmapReadTrylock(mm) : w.k.mmapReadLock(mm));
    },
    { also: ["LOCK-ORDER"] },
  ),
  ruleCase("NO-BLOCK-UNDER-VR", "mmap_read_lock twice", "let go of in between", (w, near) => {
    const mm = w.mm(1);
    w.as(1, w.k.mmapReadLock(mm));
    if (near) w.as(1, w.k.mmapReadUnlock(mm));
    w.as(1, w.k.mmapReadLock(mm));
  }),
  ruleCase("ATOMIC-SLEEP", "a mutex under a spinlock", "a try", (w, near) => {
    w.as(1, w.k.spinLock("lru"));
    w.as(1, near ? w.k.mutexTrylock("alloc0") : w.k.mutexLock("alloc0"));
  }),
  ruleCase("ATOMIC-SLEEP", "mmput under a spinlock", "mmput_async", (w, near) => {
    const mm = w.mm(1);
    w.as(1, w.k.mmget(mm));
    w.as(1, w.k.spinLock("lru"));
    w.as(1, near ? w.k.mmputAsync(mm) : mmputTestzero(mm));
  }),
  ruleCase("RECLAIM-TRY", "a shrinker takes mmap_lock", "a try", (w, near) => {
    const mm = w.mm(1);
    w.as(1, doShrinkSlab());
    w.as(1, near ? w.k.mmapReadTrylock(mm) : w.k.mmapReadLock(mm));
  }),
  ruleCase("LOCK-HELD", "a mutex that task 2 holds is released", "by task 2", (w, near) => {
    w.as(2, w.k.mutexLock("alloc0"));
    w.as(near ? 2 : 1, w.k.mutexUnlock("alloc0"));
  }),
  ruleCase("LOCK-HELD", "mmap_lock is downgraded", "held for writing", (w, near) => {
    const mm = w.mm(1);
    w.as(1, near ? w.k.mmapWriteLock(mm) : w.k.mmapReadLock(mm));
    w.as(1, w.k.mmapWriteDowngrade(mm));
  }),
  ruleCase(
    "NO-LEAK",
    "a task is done that has a page",
    "put_page before",
    (w, near) => {
      const own = page(w);
      if (near) w.as(1, w.k.putPage(own));
    },
    { quiet: true },
  ),
  ruleCase(
    "NO-LEAK",
    "a task is done that has a reference on an mm",
    "mmput_async before",
    (w, near) => {
      const mm = w.mm(2);
      w.as(1, w.k.mmget(mm));
      if (near) w.as(1, w.k.mmputAsync(mm));
    },
    { quiet: true },
  ),
  ruleCase(
    "NO-LEAK",
    "a task is done that has mmap_lock",
    "mmap_read_unlock before",
    (w, near) => {
      const mm = w.mm(1);
      w.as(1, w.k.mmapReadLock(mm));
      if (near) w.as(1, w.k.mmapReadUnlock(mm));
    },
    { quiet: true },
  ),
];

import { vmFaultRetry } from "../../src/events/fault-steps.ts";
import {
  vmaEnterLocked,
  vmaExitLocked,
  vmaLockSeqStore,
  vmaMarkDetachedBegin,
} from "../../src/events/vma-write-steps.ts";
import { vmaIterClear, vmaIterStore, vmAreaAlloc, vmAreaFree } from "../../src/events/vma-steps.ts";
import { AT, mapAt, PAGE, RW } from "../mappings.ts";
import { type RuleCase, ruleCase } from "./rule-case.ts";

export const vmaLockCases: readonly RuleCase[] = [
  ruleCase("VMA-ATTACH", "vm_area_free by the writer", "the range is cleared from the tree before", (w, near) => {
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    w.as(1, w.k.mmapWriteLock(mm));
    if (near) w.as(1, vmaIterClear(mm, AT, AT + PAGE));
    w.as(1, vmAreaFree(vma));
  }),
  ruleCase("VMA-ATTACH", "vma_mark_detached by the writer", "vma_start_write before it", (w, near) => {
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    w.as(1, w.k.mmapWriteLock(mm));
    if (near) w.as(1, w.k.vmaStartWrite(vma));
    w.as(1, vmaMarkDetachedBegin(vma));
  }),
  ruleCase("VW-EXCL", "a writer that does not wait for the reader", "the reader has left by then", (w, near) => {
    const mm = w.mm(1, 2);
    const vma = mapAt(w, mm, AT, 1);
    w.as(1, w.k.lockVmaUnderRcu(mm, AT));
    w.as(2, w.k.mmapWriteLock(mm));
    w.as(2, vmaEnterLocked(vma));
    if (near) w.as(1, w.k.vmaEndRead(vma));
    w.as(2, vmaLockSeqStore(vma));
    w.as(2, vmaExitLocked(vma));
  }),
  ruleCase(
    "VW-ENDS",
    "vma_start_write, then mmap_lock is let go of",
    "it was held for writing",
    (w, near) => {
      const mm = w.mm(1);
      const vma = mapAt(w, mm, AT, 1);
      w.as(1, near ? w.k.mmapWriteLock(mm) : w.k.mmapReadLock(mm));
      w.as(1, w.k.vmaStartWrite(vma));
      w.as(1, near ? w.k.mmapWriteUnlock(mm) : w.k.mmapReadUnlock(mm));
    },
    { quiet: true, also: ["VW-NEEDS-MMW"] },
  ),
  ruleCase(
    "STORE-LOCKED",
    "a reader meets a VMA that its mapper has just stored",
    "vma_start_write before the store",
    (w, near) => {
      const mm = w.mm(1, 2);
      w.as(1, w.k.mmapWriteLock(mm));
      const vma = w.as(1, vmAreaAlloc(mm, AT, AT + PAGE, RW | (RW << 4), 0));
      if (near) w.as(1, w.k.vmaStartWrite(vma));
      w.as(1, vmaIterStore(vma));
      w.as(2, w.k.lockVmaUnderRcu(mm, AT));
    },
  ),
  ruleCase("RETRY-DROPPED", "VM_FAULT_RETRY comes back", "mmap_lock is dropped before", (w, near) => {
    const mm = w.mm(1);
    w.as(1, w.k.mmapReadLock(mm));
    if (near) w.as(1, w.k.mmapReadUnlock(mm));
    w.as(1, vmFaultRetry(mm));
  }),
];

import { copyPteRange, mmapWriteLockNested, vmAreaDup } from "../../src/events/fork-steps.ts";
import { userfaultfdSetCtx } from "../../src/events/uffd-steps.ts";
import { VM } from "../../src/index.ts";
import { AT, mapAt, page, PAGE } from "../mappings.ts";
import { type RuleCase, ruleCase } from "./rule-case.ts";

export const processCases: readonly RuleCase[] = [
  ruleCase("FORK-LOCKED", "fork shares the pages of a VMA", "vma_start_write before", (w, near) => {
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    w.as(1, w.k.pageFault(mm, AT, true));
    const child = w.mm();
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, mmapWriteLockNested(child));
    if (near) w.as(1, w.k.vmaStartWrite(vma));
    const dup = w.as(1, vmAreaDup(vma, child));
    w.as(1, w.k.pteAlloc(child, AT));
    w.as(1, w.k.pteOffsetMapLock(child, AT));
    w.as(1, w.k.pteOffsetMapLock(mm, AT));
    w.as(1, copyPteRange(vma, dup, AT, AT + PAGE));
  }),
  ruleCase("UNSTABLE", "MMF_UNSTABLE is set, then a table is locked for a private page", "set after", (w, near) => {
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    const own = page(w);
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.pteAlloc(mm, AT));
    if (!near) w.as(2, w.k.mmFlagsSet(mm, "unstable"));
    w.as(1, w.k.pteOffsetMapLock(mm, AT));
    if (near) w.as(2, w.k.mmFlagsSet(mm, "unstable"));
    w.as(1, w.k.setPteAt(vma, AT, own, true));
  }),
  ruleCase("UFFD-TYPE", "a userfaultfd context on a file's memory", "of shmem", (w, near) => {
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1, VM.READ, near ? "shmem" : "other");
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, w.k.vmaStartWrite(vma));
    w.as(1, userfaultfdSetCtx(vma, 1, "missing"));
  }),
];

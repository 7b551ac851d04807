import { vmaIterStore, vmAreaAlloc } from "../../src/events/vma-steps.ts";
import type { VmaPtr } from "../../src/index.ts";
import { AT, mapAt, PAGE, RW } from "../mappings.ts";
import type { World } from "../world.ts";
import { type RuleCase, ruleCase } from "./rule-case.ts";

/** Reads vm_flags under the mmap read lock. */
function use(w: World, mm: number, vma: VmaPtr): void {
  w.as(1, w.k.mmapReadLock(mm));
  w.as(1, w.k.readVmFlags(vma));
  w.as(1, w.k.mmapReadUnlock(mm));
}

export const vmaLifeCases: readonly RuleCase[] = [
  ruleCase("VMA-LIVE", "a read of vm_flags", "the mmap read lock", (w, near) => {
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    if (near) w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.readVmFlags(vma));
  }),
  ruleCase("VMA-LIVE", "a read under the mmap read lock after munmap", "it comes before", (w, near) => {
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    if (near) use(w, mm, vma);
    w.as(1, w.k.munmap(mm, AT, PAGE));
    if (!near) use(w, mm, vma);
  }),
  ruleCase("VMA-LIVE", "vma_lookup", "the mmap read lock", (w, near) => {
    const mm = w.mm(1);
    if (near) w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.vmaLookup(mm, AT));
  }),
  ruleCase("VMA-GEN", "a read after munmap and mmap", "the pointer is looked up again", (w, near) => {
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    w.as(1, w.k.munmap(mm, AT, PAGE));
    const again = mapAt(w, mm, AT, 1);
    use(w, mm, near ? again : vma);
  }),
  ruleCase("VW-NEEDS-MMW", "vma_start_write under mmap_lock", "held for writing", (w, near) => {
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    w.as(1, near ? w.k.mmapWriteLock(mm) : w.k.mmapReadLock(mm));
    w.as(1, w.k.vmaStartWrite(vma));
  }),
  ruleCase("VW-NEEDS-MMW", "a VMA enters the tree under mmap_lock", "held for writing", (w, near) => {
    const mm = w.mm(1);
    w.as(1, near ? w.k.mmapWriteLock(mm) : w.k.mmapReadLock(mm));
    w.as(1, vmaIterStore(w.as(1, vmAreaAlloc(mm, AT, AT + PAGE, RW | (RW << 4), 0))));
  }),
];

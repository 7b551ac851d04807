import { vmaIterStore } from "../../src/events/vma-steps.ts";
import { VM, vmaFlags, type VmaPtr } from "../../src/index.ts";
import { AT, mapAt, newVma, page, PAGE } from "../mappings.ts";
import type { World } from "../world.ts";
import { type RuleCase, ruleCase } from "./rule-case.ts";

const DRV = { ops: "drv", owner: "drv0" };

/** A driver's VMA in use with these flags, of four pages. */
function live(w: World, flags: number): { mm: number; vma: VmaPtr } {
  const mm = w.mm(1);
  const vma = newVma(w, mm, VM.READ);
  w.as(1, w.k.vmFlagsInit(vma, w.table.get(vmaFlags.of(vma.vma)) | flags));
  w.as(1, w.k.vmaStartWrite(vma));
  w.as(1, vmaIterStore(vma));
  w.as(1, w.k.mmapWriteUnlock(mm));
  return { mm, vma };
}

export const insertCases: readonly RuleCase[] = [
  ruleCase("INS-MIXED", "vm_insert_page under the mmap read lock: a BUG", "VM_MIXEDMAP was set", (w, near) => {
    const { mm, vma } = live(w, near ? VM.MIXEDMAP : 0);
    const own = page(w);
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.vmInsertPage(mm, vma, AT, own, DRV));
  }),
  ruleCase(
    "INS-MIXED",
    "vm_insert_page under the mmap write lock, which sets the flag",
    "VM_MIXEDMAP was set",
    (w, near) => {
      const { mm, vma } = live(w, near ? VM.MIXEDMAP : 0);
      const own = page(w);
      w.as(1, w.k.mmapWriteLock(mm));
      w.as(1, w.k.vmInsertPage(mm, vma, AT, own, DRV));
    },
    { also: ["FLAG-COMBO"] },
  ),
  ruleCase("INS-NOT-PFN", "vm_insert_page into a VMA of frames", "VM_MIXEDMAP instead of VM_PFNMAP", (w, near) => {
    const { mm, vma } = live(w, near ? VM.MIXEDMAP : VM.PFNMAP);
    const own = page(w);
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, w.k.vmInsertPage(mm, vma, AT, own, DRV));
  }),
  ruleCase("RIGHT-OFFSET", "a driver inserts its page 1", "at the address of page 1", (w, near) => {
    const { mm, vma } = live(w, VM.MIXEDMAP);
    const own = page(w);
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.vmInsertPage(mm, vma, near ? AT + PAGE : AT, own, { ...DRV, page: 1 }));
  }),
  ruleCase("OWNER", "a driver zaps a VMA", "whose private data is its own", (w, near) => {
    const { mm, vma } = live(w, VM.MIXEDMAP);
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.zapPageRangeSingle(mm, vma, AT, PAGE, near ? DRV : { ...DRV, owner: "drv1" }));
  }),
  ruleCase("FIELD-WRITE", "vm_flags are stored under the mmap write lock", "vma_start_write before", (w, near) => {
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    w.as(1, w.k.mmapWriteLock(mm));
    if (near) w.as(1, w.k.vmaStartWrite(vma));
    w.as(1, w.k.vmFlagsMod(vma, VM.DONTCOPY, 0));
  }),
  ruleCase("FIELD-READ", "a plain read during a plain write", "the write is over", (w, near) => {
    const vma = mapAt(w, w.mm(1, 2), AT, 1);
    w.as(1, w.k.plainAccessBegin(vma, "vm_flags", "write", "one"));
    if (near) w.as(1, w.k.plainAccessEnd(vma, "vm_flags"));
    w.as(2, w.k.plainAccessBegin(vma, "vm_flags", "read", "two"));
  }),
  ruleCase("FLAG-PAIR", "VM_MAYWRITE is cleared in the mmap hook", "VM_WRITE was not asked for", (w, near) => {
    const vma = newVma(w, w.mm(1), near ? VM.READ : VM.READ | VM.WRITE);
    w.as(1, w.k.vmFlagsModUnlocked(vma, 0, VM.MAYWRITE));
  }),
  ruleCase("FLAG-COMBO", "VM_PFNMAP is set in the mmap hook", "VM_MIXEDMAP was not", (w, near) => {
    const vma = newVma(w, w.mm(1), VM.READ);
    if (!near) w.as(1, w.k.setMixedmap(vma));
    w.as(1, w.k.setPfnmap(vma));
  }),
];

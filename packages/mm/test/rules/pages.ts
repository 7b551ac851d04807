import { vmaSetFile } from "../../src/events/file-steps.ts";
import { zapPteRange } from "../../src/events/pte-steps.ts";
import { addToSwap, folioFreeSwap, moveSwapPte } from "../../src/events/swap-steps.ts";
import { type PagePtr, presentPte, pteAt, swapSlots, VM, type VmaPtr } from "../../src/index.ts";
import { folioLock } from "../../src/objects/page.ts";
import { AT, mapAt, newVma, page, PAGE, RW } from "../mappings.ts";
import type { World } from "../world.ts";
import { type RuleCase, ruleCase } from "./rule-case.ts";

/** A frame mapped at AT, in the TLB of task 1. */
function touchedFrame(w: World): { mm: number; frame: PagePtr } {
  const mm = w.mm(1, 2);
  const vma = mapAt(w, mm, AT, 1, RW | VM.SHARED | VM.PFNMAP | VM.IO | VM.DONTEXPAND);
  const frame = w.as(1, w.k.dmaAllocCoherent());
  w.as(1, w.k.mmapReadLock(mm));
  w.as(1, w.k.vmfInsertPfn(mm, vma, AT, frame, true));
  w.as(1, w.k.mmapReadUnlock(mm));
  w.as(1, w.k.userAccess(mm, AT, true));
  return { mm, frame };
}

/** An anonymous page at AT that task 1 has written to, so that its TLB has it. */
function touchedPage(w: World): { mm: number; vma: VmaPtr; page: PagePtr } {
  const mm = w.mm(1, 2);
  const vma = mapAt(w, mm, AT, 1);
  w.as(1, w.k.pageFault(mm, AT, true));
  w.as(1, w.k.userAccess(mm, AT, true));
  const { page, gen } = presentPte(w.table.get(pteAt(mm, AT)))!;
  return { mm, vma, page: { page, gen } };
}

export const pageCases: readonly RuleCase[] = [
  ruleCase("PAGE-REF", "put_page of a page of task 1", "by task 1", (w, near) => {
    const own = page(w);
    w.as(near ? 1 : 2, w.k.putPage(own));
  }),
  ruleCase("PAGE-REF", "put_page twice", "get_page before", (w, near) => {
    const own = page(w);
    if (near) w.as(1, w.k.getPage(own));
    w.as(1, w.k.putPage(own));
    w.as(1, w.k.putPage(own));
  }),
  ruleCase("FILE-REF", "a VMA maps a file that is closed", "before it is closed", (w, near) => {
    const file = w.as(1, w.k.doDentryOpen(0, "", ""));
    const vma = newVma(w, w.mm(1), RW, "");
    if (near) w.as(1, vmaSetFile(vma, file));
    w.as(1, w.k.filpClose(file));
    if (!near) w.as(1, vmaSetFile(vma, file));
  }),
  ruleCase("FOLIO-RMAP", "a swapped page is moved, then faulted in", "its folio is told the new place", (w, near) => {
    w.table.apply(new Map([[swapSlots as never, 1]]));
    const mm = w.mm(1);
    mapAt(w, mm, AT, 2);
    w.as(1, w.k.pageFault(mm, AT, true));
    const { page: folio, gen } = presentPte(w.table.get(pteAt(mm, AT)))!;
    w.as(2, w.k.swapOut(mm, AT));
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.pteOffsetMapLock(mm, AT));
    w.as(1, moveSwapPte(mm, AT + PAGE, AT, 0, near ? { page: folio, gen } : null, false));
    w.as(1, w.k.pteUnmapUnlock(mm, AT));
    w.as(1, w.k.mmapReadUnlock(mm));
    w.as(1, w.k.pageFault(mm, AT + PAGE, true));
  }),
  ruleCase("SWAP-CACHE", "a page enters the swap cache", "with its folio locked", (w, near) => {
    w.table.apply(new Map([[swapSlots as never, 1]]));
    const own = page(w);
    if (near) w.as(1, w.k.mutexLock(folioLock(own)));
    w.as(1, addToSwap(own));
  }),
  ruleCase("SWAP-CACHE", "a page leaves the swap cache", "with its folio locked", (w, near) => {
    w.table.apply(new Map([[swapSlots as never, 1]]));
    const own = page(w);
    w.as(1, w.k.mutexLock(folioLock(own)));
    const slot = w.as(1, addToSwap(own))!;
    if (!near) w.as(1, w.k.mutexUnlock(folioLock(own)));
    w.as(1, folioFreeSwap(own, slot));
  }),
  ruleCase("ZAP-COMPLETE", "the frame of a mapping is freed", "munmap before", (w, near) => {
    const { mm, frame } = touchedFrame(w);
    w.as(2, w.k.flushTlbMm(mm));
    if (near) w.as(1, w.k.munmap(mm, AT, PAGE));
    w.as(2, w.k.dmaFreeCoherent(frame));
  }),
  ruleCase("TLB-PAGE", "a frame is freed after its PTE was cleared", "the flush in between", (w, near) => {
    const { mm, frame } = touchedFrame(w);
    w.as(2, w.k.mmapReadLock(mm));
    w.as(2, w.k.pteOffsetMapLock(mm, AT));
    w.as(2, zapPteRange(mm, AT, AT + PAGE));
    w.as(2, w.k.pteUnmapUnlock(mm, AT));
    if (near) w.as(2, w.k.tlbFlushMmuTlbonly());
    w.as(2, w.k.dmaFreeCoherent(frame));
  }),
  ruleCase("TLB-PERM", "VM_WRITE is taken from a VMA, mmap_lock let go of", "the flush in between", (w, near) => {
    const { mm, vma } = touchedPage(w);
    w.as(2, w.k.mmapWriteLock(mm));
    w.as(2, w.k.vmFlagsClear(vma, VM.WRITE));
    if (near) w.as(2, w.k.flushTlbMm(mm));
    w.as(2, w.k.mmapWriteUnlock(mm));
  }),
  ruleCase("PERM", "VM_WRITE is taken from a VMA, then written to", "mprotect, which changes the PTE", (w, near) => {
    const { mm, vma } = touchedPage(w);
    if (near) w.as(2, w.k.mprotect(mm, AT, PAGE, VM.READ));
    else {
      w.as(2, w.k.mmapWriteLock(mm));
      w.as(2, w.k.vmFlagsClear(vma, VM.WRITE));
      w.as(2, w.k.flushTlbMm(mm));
      w.as(2, w.k.mmapWriteUnlock(mm));
    }
    w.as(1, w.k.userAccess(mm, AT, true));
  }),
  ruleCase("PERM", "user code writes to a page", "that is no driver's", (w, near) => {
    const { mm, page: own } = touchedPage(w);
    w.as(1, w.k.setPageType(own, near ? "file" : "driver"));
    w.as(2, w.k.userAccess(mm, AT, true));
  }),
];

import { describe, expect, it } from "vitest";
import { insertPfn } from "../src/events/pfn-steps.ts";
import { zapPteRange } from "../src/events/pte-steps.ts";
import { gather, mapcount, pfnMaps } from "../src/objects/page.ts";
import {
  checkEnd,
  kernelMachine,
  type PagePtr,
  pageSlot,
  presentPte,
  pteAt,
  tlb,
  VM,
  type VmaPtr,
} from "../src/index.ts";
import { AT, lookup, mapAt, PAGE, RW } from "./mappings.ts";
import { World } from "./world.ts";

const PFN = RW | VM.SHARED | VM.PFNMAP | VM.IO | VM.DONTEXPAND;

/** An anonymous page at AT that task 1 has written to, so that its TLB has it. */
function touched(w: World): { mm: number; vma: VmaPtr; page: PagePtr } {
  const mm = w.mm(1, 2);
  const vma = mapAt(w, mm, AT, 2);
  expect(w.as(1, w.k.userAccess(mm, AT, true))).toBe("fault");
  w.as(1, w.k.pageFault(mm, AT, true));
  expect(w.as(1, w.k.userAccess(mm, AT, true))).toBe("ok");
  const { page, gen } = presentPte(w.table.get(pteAt(mm, AT)))!;
  return { mm, vma, page: { page, gen } };
}

/** A frame mapped at AT, in the TLB of task 1. */
function touchedFrame(w: World): { mm: number; vma: VmaPtr; frame: PagePtr } {
  const mm = w.mm(1, 2);
  const vma = mapAt(w, mm, AT, 1, PFN);
  const frame = w.as(1, w.k.dmaAllocCoherent());
  w.as(1, w.k.mmapReadLock(mm));
  expect(w.as(1, w.k.vmfInsertPfn(mm, vma, AT, frame, true))).toBe(0);
  w.as(1, w.k.mmapReadUnlock(mm));
  expect(w.as(1, w.k.userAccess(mm, AT, true))).toBe("ok");
  return { mm, vma, frame };
}

/** Task `id` clears the PTEs of [AT, AT + PAGE) and owes the flush. */
function zap(w: World, id: number, mm: number): void {
  w.as(id, w.k.mmapReadLock(mm));
  w.as(id, w.k.pteOffsetMapLock(mm, AT));
  w.as(id, zapPteRange(mm, AT, AT + PAGE));
  w.as(id, w.k.pteUnmapUnlock(mm, AT));
  w.as(id, w.k.mmapReadUnlock(mm));
}

describe("TLBs", () => {
  it("keep what they have until a flush, whatever the page tables say", () => {
    const w = new World();
    const { mm } = touched(w);
    zap(w, 2, mm);
    expect(w.as(1, w.k.userAccess(mm, AT, true))).toBe("ok");
    expect(w.as(2, w.k.userAccess(mm, AT, true))).toBe("fault");
    w.as(2, w.k.tlbFinishMmu(mm));
    expect(w.as(1, w.k.userAccess(mm, AT, true))).toBe("fault");
    expect(w.broken(1)).toEqual([]);
    expect(w.broken(2)).toEqual([]);
  });

  it.each(["flush_tlb_range", "flush_tlb_mm"] as const)("%s empties those of all tasks", (op) => {
    const w = new World();
    const { mm } = touched(w);
    w.as(2, w.k.userAccess(mm, AT, false));
    expect(w.table.get(tlb.of(2))).toHaveLength(1);
    w.as(0, op === "flush_tlb_mm" ? w.k.flushTlbMm(mm) : w.k.flushTlbRange(mm, AT, AT + PAGE));
    expect([w.table.get(tlb.of(1)), w.table.get(tlb.of(2))]).toEqual([[], []]);
  });

  it("flush_tlb_range leaves what lies outside", () => {
    const w = new World();
    const { mm } = touched(w);
    w.as(2, w.k.flushTlbRange(mm, AT + PAGE, AT + 2 * PAGE));
    expect(w.table.get(tlb.of(1))).toHaveLength(1);
  });

  it("walk again for a right that they do not have", () => {
    const w = new World();
    const { mm } = touched(w);
    w.as(2, w.k.userAccess(mm, AT, false));
    expect(w.as(2, w.k.userAccess(mm, AT, true))).toBe("ok");
    expect(w.table.get(tlb.of(2))).toHaveLength(1);
  });

  it("are flushed in whole when another task owes a flush of the address space", () => {
    const w = new World();
    const { mm } = touched(w);
    zap(w, 2, mm);
    // Task 1 finds nothing to clear, and may yet not rely on it before the flush.
    w.as(1, w.k.tlbFinishMmu(mm));
    expect(w.table.get(tlb.of(1))).toEqual([]);
    expect(w.table.get(gather.of(2))).toHaveLength(1);
    w.as(2, w.k.tlbFinishMmu(mm));
  });

  it("tlb_flush_mmu_tlbonly flushes and keeps the references", () => {
    const w = new World();
    const { mm, page } = touched(w);
    zap(w, 2, mm);
    w.as(2, w.k.tlbFlushMmuTlbonly());
    expect(w.table.get(tlb.of(1))).toEqual([]);
    expect(w.table.get(pageSlot.of(page.page)).refs).toEqual({ gather2: 1 });
    w.as(2, w.k.tlbFlushMmuTlbonly());
    w.as(2, w.k.tlbFinishMmu(mm));
    expect(w.table.get(pageSlot.of(page.page)).state).toBe("free");
    w.as(2, w.k.tlbFlushMmuTlbonly());
  });
});

describe("TLB-PAGE", () => {
  it("a frame is freed while a TLB has it, and reached after that", () => {
    const w = new World();
    const { mm, frame } = touchedFrame(w);
    zap(w, 2, mm);
    w.as(2, w.k.dmaFreeCoherent(frame));
    expect(w.broken(2)).toEqual(["TLB-PAGE"]);
    w.as(1, w.k.userAccess(mm, AT, true));
    expect(w.broken(1)).toEqual(["TLB-PAGE"]);
  });

  it("a frame is freed after the flush", () => {
    const w = new World();
    const { mm, frame } = touchedFrame(w);
    zap(w, 2, mm);
    w.as(2, w.k.tlbFlushMmuTlbonly());
    w.as(2, w.k.dmaFreeCoherent(frame));
    expect(w.as(1, w.k.userAccess(mm, AT, true))).toBe("fault");
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("a counted page cannot be freed while a TLB has it, if the gather does its work", () => {
    const w = new World();
    const { mm, page } = touched(w);
    zap(w, 2, mm);
    expect(w.table.get(pageSlot.of(page.page)).state).toBe("live");
    w.as(2, w.k.tlbFinishMmu(mm));
    expect(w.table.get(pageSlot.of(page.page)).state).toBe("free");
    expect(w.broken(2)).toEqual([]);
  });
});

describe("ZAP-COMPLETE", () => {
  it("a frame is freed while a PTE without a reference maps it", () => {
    const w = new World();
    const { frame, mm } = touchedFrame(w);
    w.as(2, w.k.flushTlbMm(mm));
    w.as(2, w.k.dmaFreeCoherent(frame));
    expect(w.broken(2)).toEqual(["ZAP-COMPLETE"]);
  });

  it("a frame is freed after munmap", () => {
    for (const profile of ["linux-5.4", "linux-6.1", "linux-6.18.19"]) {
      const w = new World(3, profile);
      const { frame, mm } = touchedFrame(w);
      expect(w.table.get(pfnMaps.of(frame.page))).toHaveLength(1);
      w.as(1, w.k.munmap(mm, AT, PAGE));
      w.as(2, w.k.dmaFreeCoherent(frame));
      expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
    }
  });
});

describe("TLB-PERM", () => {
  it("mmap_lock is let go of while a TLB allows more than the VMA", () => {
    const w = new World();
    const { mm, vma } = touched(w);
    w.as(2, w.k.mmapWriteLock(mm));
    w.as(2, w.k.vmFlagsClear(vma, VM.WRITE));
    w.as(2, w.k.mmapWriteUnlock(mm));
    expect(w.broken(2)).toContain("TLB-PERM");
  });

  it("mprotect flushes before it lets go", () => {
    const w = new World();
    const { mm } = touched(w);
    expect(w.as(2, w.k.mprotect(mm, AT, 2 * PAGE, VM.READ))).toBe(0);
    expect(w.as(1, w.k.userAccess(mm, AT, true))).toBe("fault");
    expect(w.as(1, w.k.userAccess(mm, AT, false))).toBe("ok");
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("mmap_lock is turned into a read lock while a TLB allows more than the VMA", () => {
    const w = new World();
    const { mm, vma } = touched(w);
    w.as(2, w.k.mmapWriteLock(mm));
    w.as(2, w.k.vmFlagsClear(vma, VM.WRITE));
    w.as(2, w.k.mmapWriteDowngrade(mm));
    expect(w.broken(2)).toContain("TLB-PERM");
  });

  it("fork flushes the parent before it lets go", () => {
    const w = new World();
    const { mm } = touched(w);
    w.as(2, w.k.fork(mm, null, null));
    expect(presentPte(w.table.get(pteAt(mm, AT)))?.write).toBe(false);
    expect(w.as(1, w.k.userAccess(mm, AT, true))).toBe("fault");
    expect(w.broken(2)).toEqual([]);
  });
});

describe("PERM", () => {
  it("user code writes through a writable PTE where the VMA has no VM_WRITE", () => {
    const w = new World();
    const { mm, vma } = touched(w);
    w.as(2, w.k.mmapWriteLock(mm));
    w.as(2, w.k.vmFlagsClear(vma, VM.WRITE));
    w.as(2, w.k.flushTlbMm(mm));
    expect(w.as(1, w.k.userAccess(mm, AT, true))).toBe("ok");
    expect(w.broken(1)).toEqual([]); // whoever holds mmap_lock may be about to rewrite it
    w.as(2, w.k.flushTlbMm(mm));
    w.as(2, w.k.mmapWriteUnlock(mm));
    w.as(1, w.k.userAccess(mm, AT, true));
    expect(w.broken(1)).toEqual(["PERM"]);
    expect(checkEnd(kernelMachine, w.table.snapshot()).map(({ rule }) => rule.name)).toEqual(["PERM"]);
  });

  it("a writable PTE is made in a VMA without VM_WRITE", () => {
    for (const [flags, breaks] of [
      [VM.READ | VM.SHARED | VM.PFNMAP, ["PERM"]],
      [PFN, []],
    ] as const) {
      const w = new World();
      const mm = w.mm(1);
      const vma = mapAt(w, mm, AT, 1, flags);
      const frame = w.as(1, w.k.dmaAllocCoherent());
      w.as(1, w.k.mmapReadLock(mm));
      w.as(1, w.k.vmfInsertPfn(mm, vma, AT, frame, true));
      expect(w.broken(1)).toEqual(breaks);
    }
  });

  it("user code writes to a page that its driver keeps read-only", () => {
    for (const type of ["driver", "file"] as const) {
      const w = new World();
      const { mm, page } = touched(w);
      w.as(1, w.k.setPageType(page, type));
      w.as(2, w.k.userAccess(mm, AT, true));
      expect(w.broken(2)).toEqual(type === "driver" ? ["PERM"] : []);
    }
  });
});

describe("special PTEs", () => {
  it("want a VMA that takes frames, and an empty PTE", () => {
    const w = new World();
    const mm = w.mm(1);
    const plain = mapAt(w, mm, AT, 1);
    const frame = w.as(1, w.k.dmaAllocCoherent());
    w.as(1, w.k.mmapReadLock(mm));
    expect(w.as(1, w.k.vmfInsertPfn(mm, plain, AT, frame, true))).toBe(0);
    expect(w.broken(1)).toEqual(["INS-NOT-PFN"]);
    expect(w.as(1, w.k.vmfInsertPfn(mm, plain, AT, frame, true))).toBe(-16);
    expect(mapcount(w.table.get(pageSlot.of(frame.page)))).toBe(0);
  });

  it("remap_pfn_range maps all frames in the mmap hook and says so", () => {
    const w = new World();
    const mm = w.mm(1);
    const frames = [w.as(1, w.k.dmaAllocCoherent()), w.as(1, w.k.dmaAllocCoherent())];
    const vma = mapAt(w, mm, AT, 2, PFN);
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.mmapReadUnlock(mm));
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, w.k.vmaStartWrite(vma));
    expect(w.as(1, w.k.remapPfnRange(mm, vma, AT, frames, true))).toBe(0);
    expect(w.as(1, w.k.remapPfnRange(mm, vma, AT, frames, true))).toBe(-16);
    w.as(1, w.k.mmapWriteUnlock(mm));
    expect(lookup(w, mm, AT)).toEqual(vma);
    expect(presentPte(w.table.get(pteAt(mm, AT + PAGE)))?.special).toBe(true);
  });

  it("insert_pfn needs the page-table lock", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1, PFN);
    const frame = w.as(1, w.k.dmaAllocCoherent());
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, insertPfn(vma, AT, frame, false));
    expect(w.broken(1)).toEqual(["PTE-LOCK"]);
  });
});

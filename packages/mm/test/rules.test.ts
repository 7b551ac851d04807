import { describe, expect, it } from "vitest";
import { allocPage, putPage } from "../src/events/page-steps.ts";
import { insertPageIntoPteLocked, pteAlloc, zapPteRange } from "../src/events/pte-steps.ts";
import { vmaIterClear, vmaIterStore, vmAreaAlloc, vmAreaFree } from "../src/events/vma-steps.ts";
import { exitMm, mmputTestzero } from "../src/events/mm-steps.ts";
import { doShrinkSlab } from "../src/events/lru-steps.ts";
import { checkEnd, kernelMachine, type PagePtr, TASK_SIZE, VM, type VmaPtr } from "../src/index.ts";
import { World } from "./world.ts";

const AT = 0x10000;
const RW = VM.READ | VM.WRITE | VM.MAYREAD | VM.MAYWRITE;

function mapped(world: World, flags: number = RW): { mm: number; vma: VmaPtr } {
  const mm = world.mm(1);
  world.as(1, world.k.mmap(mm, { start: AT, length: 8192, flags, ops: "", owner: "" }));
  world.as(1, world.k.mmapReadLock(mm));
  const vma = world.as(1, world.k.vmaLookup(mm, AT))!;
  world.as(1, world.k.mmapReadUnlock(mm));
  return { mm, vma };
}

/** Each rule: what breaks it, and what comes as close as can be without breaking it. Task 1 acts in its own mm. */
const cases: Record<string, { breaks: (w: World) => void; keeps: (w: World) => void }> = {
  "MM-REF: put of a reference not held": {
    breaks(w) {
      w.as(1, w.k.mmputAsync(w.mm(1)));
    },
    keeps(w) {
      const mm = w.mm(1);
      w.as(1, w.k.mmget(mm));
      w.as(1, w.k.mmputAsync(mm));
    },
  },
  "MM-REF: touch after the struct was freed": {
    breaks(w) {
      const mm = w.mm(0);
      w.as(0, w.k.exitProcess(mm));
      w.as(1, w.k.mmgetNotZero(mm));
    },
    keeps(w) {
      const mm = w.mm(0);
      w.as(1, w.k.mmgrab(mm));
      w.as(0, w.k.exitProcess(mm));
      expect(w.as(1, w.k.mmgetNotZero(mm))).toBe(false);
      w.as(1, w.k.mmdrop(mm));
    },
  },
  "MM-USERS-GET: mmget of an address space without users": {
    breaks(w) {
      const mm = w.mm(0);
      w.as(1, w.k.mmgrab(mm));
      w.as(0, exitMm(mm));
      w.as(1, w.k.mmget(mm));
    },
    keeps(w) {
      const mm = w.mm(0);
      w.as(1, w.k.mmget(mm));
      w.as(0, exitMm(mm));
      w.as(1, w.k.mmget(mm));
    },
  },
  "MM-ACCESS: lookup in a foreign mm without a reference": {
    breaks(w) {
      const mm = w.mm(2);
      w.as(1, w.k.mmapReadLock(mm));
      w.as(1, w.k.vmaLookup(mm, AT));
    },
    keeps(w) {
      const mm = w.mm(2);
      w.as(1, w.k.mmgetNotZero(mm));
      w.as(1, w.k.mmapReadLock(mm));
      w.as(1, w.k.vmaLookup(mm, AT));
    },
  },
  "VMA-LIVE: use of a VMA that no lock keeps": {
    breaks(w) {
      w.as(1, w.k.readVmFlags(mapped(w).vma));
    },
    keeps(w) {
      const { mm, vma } = mapped(w);
      w.as(1, w.k.mmapReadLock(mm));
      w.as(1, w.k.readVmFlags(vma));
    },
  },
  "VMA-LIVE: use of a freed VMA": {
    breaks(w) {
      const { mm, vma } = mapped(w);
      w.as(1, w.k.munmap(mm, AT, 8192));
      w.as(1, w.k.mmapReadLock(mm));
      w.as(1, w.k.readVmFlags(vma));
    },
    keeps(w) {
      const { mm } = mapped(w);
      w.as(1, w.k.munmap(mm, AT, 8192));
      w.as(1, w.k.mmapReadLock(mm));
      expect(w.as(1, w.k.vmaLookup(mm, AT))).toBeNull();
    },
  },
  "VMA-LIVE: vma_lookup without the lock": {
    breaks(w) {
      w.as(1, w.k.vmaLookup(w.mm(1), AT));
    },
    keeps(w) {
      const { mm, vma } = mapped(w);
      expect(w.as(1, w.k.lockVmaUnderRcu(mm, AT))).toEqual(vma);
      w.as(1, w.k.readVmFlags(vma));
    },
  },
  "VMA-GEN: a stale pointer finds another VMA in its memory": {
    breaks(w) {
      const { mm, vma } = mapped(w);
      w.as(1, w.k.munmap(mm, AT, 8192));
      const again = mapIn(w, mm);
      expect(again).toEqual({ vma: vma.vma, gen: vma.gen + 1 });
      w.as(1, w.k.mmapReadLock(mm));
      w.as(1, w.k.readVmFlags(vma));
    },
    keeps(w) {
      const { mm } = mapped(w);
      w.as(1, w.k.munmap(mm, AT, 8192));
      const again = mapIn(w, mm);
      w.as(1, w.k.mmapReadLock(mm));
      w.as(1, w.k.readVmFlags(again));
    },
  },
  "VW-NEEDS-MMW: flags of a VMA in use changed under the read lock": {
    breaks(w) {
      const { mm, vma } = mapped(w);
      w.as(1, w.k.mmapReadLock(mm));
      w.as(1, w.k.vmFlagsMod(vma, VM.DONTCOPY, 0));
    },
    keeps(w) {
      const { mm, vma } = mapped(w);
      w.as(1, w.k.mmapWriteLock(mm));
      w.as(1, w.k.vmaStartWrite(vma));
      w.as(1, w.k.vmFlagsMod(vma, VM.DONTCOPY, 0));
    },
  },
  "VW-NEEDS-MMW: a VMA enters the tree under the read lock": {
    breaks(w) {
      const mm = w.mm(1);
      w.as(1, w.k.mmapReadLock(mm));
      w.as(1, vmaIterStore(w.as(1, vmAreaAlloc(mm, AT, AT + 4096, RW, 0))));
    },
    keeps(w) {
      const mm = w.mm(1);
      w.as(1, w.k.mmapWriteLock(mm));
      w.as(1, vmaIterStore(w.as(1, vmAreaAlloc(mm, AT, AT + 4096, RW, 0))));
    },
  },
  "PTE-LOCK: a PTE cleared without its lock": {
    breaks(w) {
      w.as(1, zapPteRange(w.mm(1), AT, AT + 4096));
    },
    keeps(w) {
      const mm = w.mm(1);
      w.as(1, w.k.mmapReadLock(mm));
      w.as(1, w.k.pteOffsetMapLock(mm, AT));
      w.as(1, zapPteRange(mm, AT, AT + 4096));
    },
  },
  "PTE-INSTALL: an empty PTE filled through a detached VMA": {
    breaks(w) {
      const { mm, vma } = mapped(w);
      w.as(1, w.k.mmapWriteLock(mm));
      w.as(1, w.k.mmapWriteDowngrade(mm));
      fill(w, mm, vma, AT + 8192, w.as(1, allocPage()));
    },
    keeps(w) {
      const { mm, vma } = mapped(w);
      w.as(1, w.k.mmapReadLock(mm));
      fill(w, mm, vma, AT + 4096, w.as(1, allocPage()));
    },
  },
  "INS-MIXED: insert into a VMA in use that has no VM_MIXEDMAP": {
    breaks(w) {
      const { mm, vma } = mapped(w);
      w.as(1, w.k.mmapWriteLock(mm));
      w.as(1, w.k.vmInsertPage(mm, vma, AT, w.as(1, allocPage()), null));
    },
    keeps(w) {
      const { mm, vma } = mapped(w, RW | VM.MIXEDMAP);
      w.as(1, w.k.mmapReadLock(mm));
      expect(w.as(1, w.k.vmInsertPage(mm, vma, AT, w.as(1, allocPage()), null))).toBe(0);
    },
  },
  "OWNER: a driver zaps a VMA that is not its own": {
    breaks(w) {
      const { mm, vma } = mapped(w);
      w.as(1, w.k.mmapReadLock(mm));
      w.as(1, w.k.zapPageRangeSingle(mm, vma, AT, 4096, { ops: "binder", owner: "binder0" }));
    },
    keeps(w) {
      const { mm, vma } = mapped(w);
      w.as(1, w.k.mmapReadLock(mm));
      w.as(1, w.k.zapPageRangeSingle(mm, vma, AT, 4096, { ops: "", owner: "" }));
    },
  },
  "RANGE: a zap whose size wraps": {
    breaks(w) {
      const { mm, vma } = mapped(w);
      w.as(1, w.k.mmapReadLock(mm));
      const wraps = inside(w.k.zapPageRangeSingle(mm, vma, AT + 4096, -2048, null));
      expect(w.attempt(1, wraps).status).toBe("stopped");
    },
    keeps(w) {
      const { mm, vma } = mapped(w);
      w.as(1, w.k.mmapReadLock(mm));
      w.as(1, w.k.zapPageRangeSingle(mm, vma, AT, TASK_SIZE - AT, null));
    },
  },
  "PAGE-REF: put without a reference": {
    breaks(w) {
      const page = w.as(2, allocPage());
      w.as(1, putPage(page));
    },
    keeps(w) {
      w.as(1, putPage(w.as(1, allocPage())));
    },
  },
  "PAGE-REF: use after the last put": {
    breaks(w) {
      const page = w.as(1, allocPage());
      w.as(1, putPage(page));
      w.as(1, w.k.getPage(page));
    },
    keeps(w) {
      const page = w.as(1, allocPage());
      w.as(1, w.k.getPage(page));
      w.as(1, putPage(page));
      w.as(1, putPage(page));
    },
  },
  "LOCK-ORDER: mmap_lock under a page-table lock": {
    breaks(w) {
      const mm = w.mm(1);
      w.as(1, w.k.downWrite("i_mmap0"));
      w.as(1, w.k.mmapReadLock(mm));
    },
    keeps(w) {
      const mm = w.mm(1);
      w.as(1, w.k.mmapReadLock(mm));
      w.as(1, w.k.downWrite("i_mmap0"));
    },
  },
  "NO-BLOCK-UNDER-VR: mmap_read_lock under a VMA read lock": {
    breaks(w) {
      const { mm } = mapped(w);
      w.as(1, w.k.lockVmaUnderRcu(mm, AT));
      w.as(1, w.k.mmapReadLock(mm));
    },
    keeps(w) {
      const { mm } = mapped(w);
      w.as(1, w.k.lockVmaUnderRcu(mm, AT));
      w.as(1, w.k.mmapReadTrylock(mm));
    },
  },
  "NO-BLOCK-UNDER-VR: recursive mmap_read_lock": {
    breaks(w) {
      const mm = w.mm(1);
      w.as(1, w.k.mmapReadLock(mm));
      w.as(1, w.k.mmapReadLock(mm));
    },
    keeps(w) {
      w.as(1, w.k.mmapReadLock(w.mm(1)));
      w.as(1, w.k.mmgetNotZero(0));
      w.as(1, w.k.mmapReadLock(w.mm()));
    },
  },
  "ATOMIC-SLEEP: a mutex under a spinlock": {
    breaks(w) {
      w.as(1, w.k.spinLock("lru"));
      w.as(1, w.k.mutexLock("alloc0"));
    },
    keeps(w) {
      w.as(1, w.k.spinLock("lru"));
      w.as(1, w.k.mutexTrylock("alloc0"));
    },
  },
  "ATOMIC-SLEEP: mmput under a spinlock": {
    breaks(w) {
      const mm = w.mm(1);
      w.as(1, w.k.mmget(mm));
      w.as(1, w.k.spinLock("lru"));
      w.as(1, mmputTestzero(mm));
    },
    keeps(w) {
      const mm = w.mm(1);
      w.as(1, w.k.mmget(mm));
      w.as(1, w.k.spinLock("lru"));
      w.as(1, w.k.mmputAsync(mm));
    },
  },
  "RECLAIM-TRY: a shrinker waits for mmap_lock": {
    breaks(w) {
      const mm = w.mm(1);
      w.as(1, doShrinkSlab());
      w.as(1, w.k.mmapReadLock(mm));
    },
    keeps(w) {
      const mm = w.mm(1);
      w.as(1, doShrinkSlab());
      w.as(1, w.k.mmapReadTrylock(mm));
    },
  },
  "LOCK-HELD: release of a lock that another holds": {
    breaks(w) {
      w.as(2, w.k.mutexLock("alloc0"));
      w.as(1, w.k.mutexUnlock("alloc0"));
    },
    keeps(w) {
      w.as(1, w.k.mutexLock("alloc0"));
      w.as(1, w.k.mutexUnlock("alloc0"));
    },
  },
  "LOCK-HELD: downgrade of a read lock": {
    breaks(w) {
      const mm = w.mm(1);
      w.as(1, w.k.mmapReadLock(mm));
      w.as(1, w.k.mmapWriteDowngrade(mm));
    },
    keeps(w) {
      const mm = w.mm(1);
      w.as(1, w.k.mmapWriteLock(mm));
      w.as(1, w.k.mmapWriteDowngrade(mm));
    },
  },
};

function mapIn(w: World, mm: number): VmaPtr {
  w.as(1, w.k.mmap(mm, { start: AT, length: 8192, flags: RW, ops: "", owner: "" }));
  w.as(1, w.k.mmapReadLock(mm));
  const vma = w.as(1, w.k.vmaLookup(mm, AT))!;
  w.as(1, w.k.mmapReadUnlock(mm));
  return vma;
}

function fill(w: World, mm: number, vma: VmaPtr, address: number, page: PagePtr): void {
  w.as(1, pteAlloc(mm, address));
  w.as(1, w.k.pteOffsetMapLock(mm, address));
  w.as(1, insertPageIntoPteLocked(vma, address, page, false));
  w.as(1, w.k.pteUnmapUnlock(mm, address));
}

/** The steps inside a procedure. */
function inside(call: ReturnType<World["k"]["zapPageRangeSingle"]>): ReturnType<World["k"]["zapPageRangeSingle"]> {
  const request = call.next().value as unknown as {
    body: (...all: unknown[]) => typeof call;
    context: object;
    args: unknown[];
  };
  return request.body(request.context, ...request.args);
}

describe("each rule is broken by what breaks it, and by nothing that only comes close", () => {
  for (const [name, { breaks, keeps }] of Object.entries(cases)) {
    it(name, () => {
      const rule = name.slice(0, name.indexOf(":"));
      const bad = new World();
      breaks(bad);
      expect(bad.broken(1)).toContain(rule);
      const good = new World();
      keeps(good);
      expect(good.broken(1)).toEqual([]);
    });
  }
});

describe("rules of quiescence", () => {
  const atEnd = (w: World): string[] => checkEnd(kernelMachine, w.table.snapshot()).map(({ rule }) => rule.name);

  it("NO-LEAK: a page, a reference or a lock that a task keeps", () => {
    const page = new World();
    page.as(1, allocPage());
    expect(atEnd(page)).toEqual(["NO-LEAK"]);
    const ref = new World();
    ref.as(1, ref.k.mmget(ref.mm(2)));
    expect(atEnd(ref)).toEqual(["NO-LEAK"]);
    const lock = new World();
    lock.as(1, lock.k.mmapReadLock(lock.mm(1)));
    expect(atEnd(lock)).toEqual(["NO-LEAK"]);
  });

  it("NO-LEAK: nothing is left of an address space whose process has exited", () => {
    const world = new World();
    const { mm } = mapped(world);
    world.as(1, world.k.pageFault(mm, AT, true));
    expect(atEnd(world)).toEqual([]);
    world.as(1, world.k.exitProcess(mm));
    expect(atEnd(world)).toEqual([]);
    expect(world.broken(1)).toEqual([]);
  });

  it("PTE-COVERED: a PTE that outlives its VMA", () => {
    const world = new World();
    const { mm } = mapped(world);
    world.as(1, world.k.pageFault(mm, AT, true));
    expect(atEnd(world)).toEqual([]);
    world.as(1, world.k.mmapWriteLock(mm));
    const gone = world.as(1, vmaIterClear(mm, AT, AT + 8192));
    for (const vma of gone) world.as(1, vmAreaFree(vma));
    world.as(1, world.k.mmapWriteUnlock(mm));
    expect(atEnd(world)).toEqual(["PTE-COVERED"]);
  });
});

describe("freeing", () => {
  it("VMA-LIVE: a VMA is freed by its unmapper only", () => {
    const world = new World();
    const { vma } = mapped(world);
    world.as(2, vmAreaFree(vma));
    expect(world.broken(2)).toEqual(["VMA-ATTACH", "VMA-LIVE"]);
  });
});

import { describe, expect, it } from "vitest";
import { readVmFlags, vmInsertPageBegin } from "../src/events/driver-steps.ts";
import {
  rcuwaitWakeUp,
  vmaEndReadPut,
  vmaLockSeqAcquire,
  vmaLockSeqRelaxed,
  vmaMmUnderRcu,
  vmaRefcountInc,
  vmaRefcountPut,
} from "../src/events/vma-read-steps.ts";
import {
  vmaEnterLocked,
  vmaExcludeReaders,
  vmaExitLocked,
  vmaLockSeqStore,
  vmaMarkAttached,
  vmaMarkDetachedBegin,
  vmaWaitReaders,
} from "../src/events/vma-write-steps.ts";
import { vmaArea, vmaIterStore, vmAreaAlloc, vmAreaFree } from "../src/events/vma-steps.ts";
import { checkEnd, kernelMachine, profileNames, VM, type VmaPtr, vmaSlot } from "../src/index.ts";
import { vmaWriterWait } from "../src/objects/vma-lock.ts";
import { World } from "./world.ts";

const AT = 0x10000;
const RW = VM.READ | VM.WRITE | VM.MAYREAD | VM.MAYWRITE;
const OTHER = { start: AT, length: 4096, flags: RW, ops: "", owner: "" };
/** One profile for each form of the lock, and for each way a failing reader goes on. */
const LOCKS = ["linux-6.4.3", "linux-6.6", "linux-6.12", "linux-6.14", "linux-6.15.0", "linux-6.18.19"] as const;

function mapped(world: World, mm: number = world.mm(1, 2)): { mm: number; vma: VmaPtr } {
  world.as(1, world.k.mmap(mm, { start: AT, length: 8192, flags: RW, ops: "", owner: "" }));
  world.as(1, world.k.pageFault(mm, AT, true));
  world.as(1, world.k.mmapReadLock(mm));
  const vma = world.as(1, world.k.vmaLookup(mm, AT))!;
  world.as(1, world.k.mmapReadUnlock(mm));
  return { mm, vma };
}

/** A VMA found by task 1 under RCU, in whose section it still is. */
function walked(world: World): { mm: number; vma: VmaPtr } {
  const { mm } = mapped(world);
  world.as(1, world.k.rcuReadLock());
  return { mm, vma: world.as(1, world.k.masWalk(mm, AT, "once"))! };
}

/** Whether task 2, which keeps readers out, has to wait for one: asleep until it is woken, or in the rwsem. */
function waits(w: World, mm: number, vma: VmaPtr): boolean {
  if (w.attempt(2, w.k.schedule(vmaWriterWait(mm))).status === "blocked") return true;
  const looked = w.attempt(2, vmaWaitReaders(vma));
  return looked.status === "blocked" || looked.result !== null;
}

describe.each(LOCKS)("lock_vma_under_rcu of %s", (name) => {
  it("locks the VMA, gives it back, and breaks nothing", () => {
    const w = new World(3, name);
    const { mm, vma } = mapped(w);
    expect(w.as(1, w.k.lockVmaUnderRcu(mm, AT))).toEqual(vma);
    expect(w.as(2, w.k.lockVmaUnderRcu(mm, AT + 4096))).toEqual(vma);
    w.as(1, readVmFlags(vma));
    w.as(1, w.k.vmaEndRead(vma));
    w.as(2, w.k.vmaEndRead(vma));
    expect([w.broken(1), w.broken(2), checkEnd(kernelMachine, w.table.snapshot())]).toEqual([[], [], []]);
  });

  it("finds nothing in a hole, and cannot lock what is write-locked", () => {
    const w = new World(3, name);
    const { mm, vma } = mapped(w);
    expect(w.as(1, w.k.lockVmaUnderRcu(mm, AT + 8192))).toBeNull();
    w.as(2, w.k.mmapWriteLock(mm));
    w.as(2, w.k.vmaStartWrite(vma));
    expect(w.as(1, w.k.lockVmaUnderRcu(mm, AT))).toBeNull();
    w.as(2, w.k.mmapWriteUnlock(mm));
    expect(w.as(1, w.k.lockVmaUnderRcu(mm, AT))).toEqual(vma);
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("is free again after a downgrade", () => {
    const w = new World(3, name);
    const { mm, vma } = mapped(w);
    w.as(2, w.k.mmapWriteLock(mm));
    w.as(2, w.k.vmaStartWrite(vma));
    w.as(2, w.k.mmapWriteDowngrade(mm));
    expect(w.as(1, w.k.lockVmaUnderRcu(mm, AT))).toEqual(vma);
  });

  it("a writer waits for the reader inside, and keeps new ones out meanwhile", () => {
    const w = new World(3, name);
    const { mm, vma } = mapped(w);
    w.as(1, w.k.lockVmaUnderRcu(mm, AT));
    w.as(2, w.k.mmapWriteLock(mm));
    expect(w.as(2, vmaEnterLocked(vma))).toBe("wait");
    expect(waits(w, mm, vma)).toBe(true);
    expect(w.as(1, w.k.lockVmaUnderRcu(mm, AT))).toBeNull();
    w.as(1, w.k.vmaEndRead(vma));
    expect(waits(w, mm, vma)).toBe(false);
    w.as(2, vmaLockSeqStore(vma));
    w.as(2, vmaExitLocked(vma));
    expect(w.as(2, vmaEnterLocked(vma))).toBe("locked");
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("a VMA that was unmapped after the walk is locked by nobody", () => {
    const w = new World(3, name);
    const { mm, vma } = walked(w);
    w.as(2, w.k.munmap(mm, AT, 8192));
    const got = w.as(1, w.k.vmaStartRead(mm, vma));
    if (w.k.knobs.vmaLock === "refcnt") {
      expect(got).toBe("again");
    } else {
      expect(got).toBe("locked");
      w.as(1, w.k.vmaEndRead(vma));
    }
    if (!w.k.knobs.startReadDropsRcu || got === "locked") w.as(1, w.k.rcuReadUnlock());
    expect(w.table.get(vmaSlot.of(vma.vma)).state).toBe("free");
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });
});

it.each(profileNames.slice(0, 4))("%s has no per-VMA locks: nothing is found, nothing taken", (name) => {
  const w = new World(3, name);
  const { mm, vma } = mapped(w);
  expect(w.as(1, w.k.lockVmaUnderRcu(mm, AT))).toBeNull();
  w.as(1, w.k.mmapWriteLock(mm));
  w.as(1, w.k.vmaStartWrite(vma));
  w.as(1, w.k.vmaMarkDetached(vma));
  w.as(1, readVmFlags(vma));
  w.as(1, w.k.mmapWriteUnlock(mm));
  expect(w.broken(1)).toEqual([]);
});

describe("vma_start_read with a type-stable slab", () => {
  /** Task 1 has walked to a VMA of its mm; by now the memory holds one of task 2's. */
  function recycled(name: string): { w: World; mm: number; theirs: number; vma: VmaPtr } {
    const w = new World(3, name);
    const { mm, vma } = walked(w);
    const theirs = w.mm(2);
    w.as(0, w.k.mmget(mm));
    w.as(0, w.k.munmap(mm, AT, 8192));
    w.as(2, w.k.mmap(theirs, OTHER));
    expect(w.table.get(vmaSlot.of(vma.vma)).mm).toBe(theirs);
    return { w, mm, theirs, vma };
  }

  it("gives up another mm's VMA at once since 6.18, holding that mm meanwhile", () => {
    const { w, mm, vma } = recycled("linux-6.18.19");
    expect(w.as(1, w.k.vmaStartRead(mm, vma))).toBe("busy");
    expect(w.broken(1)).toEqual([]);
  });

  it("has a reference on another mm's VMA for a while up to 6.15, and no lock", () => {
    const { w, mm, vma } = recycled("linux-6.15.0");
    expect(w.as(1, w.k.vmaStartRead(mm, vma))).toBe("locked");
    w.as(1, w.k.rcuReadUnlock());
    w.as(1, readVmFlags({ vma: vma.vma, gen: vma.gen + 1 }));
    expect(w.broken(1)).toEqual(["VMA-LIVE"]);
  });

  it("wakes that mm's writer when it lets go: whatever has become of the mm", () => {
    const { w, mm, theirs, vma } = recycled("linux-6.15.0");
    expect(w.as(1, vmaRefcountInc(vma))).toBe("ok");
    w.as(2, w.k.mmapWriteLock(theirs));
    expect(w.as(2, vmaEnterLocked({ vma: vma.vma, gen: vma.gen + 1 }))).toBe("wait");
    expect(w.as(1, vmaRefcountPut(vma))).toBe(theirs);
    expect(w.as(1, vmaLockSeqRelaxed(mm, vma))).toBe(false);
  });

  it("waits in vma_mark_detached for a reader that has just come", () => {
    const w = new World(3, "linux-6.18.19");
    const { mm, vma } = walked(w);
    w.as(2, w.k.mmapWriteLock(mm));
    w.as(2, w.k.vmaStartWrite(vma));
    expect(w.as(1, vmaRefcountInc(vma))).toBe("ok");
    expect(w.as(2, vmaMarkDetachedBegin(vma))).toBe(true);
    expect(w.as(2, vmaExcludeReaders(vma))).toBe(true);
    expect(w.as(2, vmaWaitReaders(vma))).toBe(mm);
    const sleep = (): string => w.attempt(2, w.k.schedule(vmaWriterWait(mm))).status;
    expect(w.as(1, vmaLockSeqAcquire(mm, vma))).toBe(false);
    expect(w.as(1, vmaRefcountPut(vma))).toBe(mm);
    expect(sleep()).toBe("blocked");
    w.as(1, rcuwaitWakeUp(mm));
    expect(sleep()).toBe("done");
    expect(w.as(2, vmaWaitReaders(vma))).toBeNull();
    w.as(2, vmaExitLocked(vma));
    expect(w.as(1, vmaRefcountInc(vma))).toBe("zero");
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });
});

/** What is done to a VMA of which task 1 knows under RCU alone. */
describe("P07 a VMA found under RCU alone", () => {
  it.each(LOCKS)("of %s: its mm, its sequence and a try for its lock are legal", (name) => {
    const w = new World(3, name);
    const { mm, vma } = walked(w);
    expect(w.as(1, vmaMmUnderRcu(vma))).toBe(mm);
    expect(w.as(1, vmaLockSeqRelaxed(mm, vma))).toBe(false);
    expect(w.as(1, w.k.vmaStartRead(mm, vma))).toBe("locked");
    expect(w.broken(1)).toEqual([]);
  });

  it.each([
    ["its flags", (w: World, vma: VmaPtr): unknown => w.as(1, readVmFlags(vma))],
    ["its range", (w: World, vma: VmaPtr): unknown => w.as(1, vmaArea(vma))],
    ["a change of its flags", (w: World, vma: VmaPtr): unknown => w.as(1, w.k.vmFlagsMod(vma, VM.DONTCOPY, 0))],
    ["a zap", (w: World, vma: VmaPtr): unknown => w.as(1, w.k.zapPageRangeSingle(0, vma, AT, 4096, null))],
    [
      "an insert",
      (w: World, vma: VmaPtr): unknown => w.attempt(1, vmInsertPageBegin(vma, AT, w.as(2, w.k.allocPage()), null)),
    ],
  ] as const)("%s is not", (_, use) => {
    const w = new World(3, "linux-6.18.19");
    const { vma } = walked(w);
    use(w, vma);
    expect(w.broken(1)).toContain("VMA-LIVE");
  });

  it("the pointer means nothing once the section is over", () => {
    const w = new World(3, "linux-6.18.19");
    const { mm, vma } = walked(w);
    w.as(1, w.k.rcuReadUnlock());
    w.as(1, w.k.rcuReadLock());
    w.as(1, vmaMmUnderRcu(vma));
    expect(w.broken(1)).toEqual([]);
    w.as(1, w.k.rcuReadUnlock());
    w.as(1, vmaLockSeqRelaxed(mm, vma));
    expect(w.broken(1)).toEqual(["VMA-LIVE"]);
  });

  it("with call_rcu a later section finds freed or recycled memory", () => {
    const w = new World(3, "linux-6.6");
    const { mm, vma } = walked(w);
    w.as(2, w.k.munmap(mm, AT, 8192));
    expect(w.as(1, vmaMmUnderRcu(vma))).toBe(mm);
    expect(w.broken(1)).toEqual([]);
    w.as(1, w.k.rcuReadUnlock());
    w.as(1, w.k.rcuReadLock());
    expect(w.as(1, vmaMmUnderRcu(vma))).toBeNull();
    expect(w.broken(1)).toEqual(["VMA-LIVE"]);
    w.as(2, w.k.mmap(mm, OTHER));
    expect(w.as(1, vmaRefcountInc(vma))).toBe("excluded");
    expect(w.broken(1)).toEqual(["VMA-GEN", "VMA-LIVE"]);
  });
});

describe("rules of the VMA lock", () => {
  it("VMA-ATTACH: a VMA in the tree is freed by nobody", () => {
    const w = new World();
    const { mm, vma } = mapped(w);
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, vmAreaFree(vma));
    expect(w.broken(1)).toContain("VMA-ATTACH");
  });

  it("VMA-ATTACH: detached twice, or without the write lock", () => {
    const w = new World(3, "linux-6.18.19");
    const { mm, vma } = mapped(w);
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, vmaMarkDetachedBegin(vma));
    expect(w.broken(1)).toEqual(["VMA-ATTACH"]);
    const again = new World(3, "linux-6.18.19");
    const other = mapped(again);
    again.as(1, again.k.mmapWriteLock(other.mm));
    again.as(1, again.k.vmaStartWrite(other.vma));
    again.as(1, again.k.vmaMarkDetached(other.vma));
    expect(again.broken(1)).toEqual([]);
    again.as(1, vmaMarkDetachedBegin(other.vma));
    expect(again.broken(1)).toEqual(["VMA-ATTACH"]);
  });

  it("VMA-ATTACH: munmap that fails puts its VMAs back, once", () => {
    const w = new World(3, "linux-6.18.19");
    const { mm, vma } = mapped(w);
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, w.k.vmaStartWrite(vma));
    w.as(1, w.k.vmaMarkDetached(vma));
    w.as(1, vmaMarkAttached(vma));
    expect(w.broken(1)).toEqual([]);
    w.as(1, vmaMarkAttached(vma));
    expect(w.broken(1)).toEqual(["VMA-ATTACH"]);
  });

  it("VMA-ATTACH: a reference is put once", () => {
    const w = new World(3, "linux-6.18.19");
    const { vma } = walked(w);
    expect(w.as(1, vmaRefcountInc(vma))).toBe("ok");
    w.as(1, vmaRefcountPut(vma));
    expect(w.broken(1)).toEqual([]);
    w.as(1, vmaRefcountPut(vma));
    expect(w.broken(1)).toEqual(["VMA-ATTACH"]);
  });

  it("VMA-ATTACH: memory with a reader inside is freed", () => {
    const w = new World(3, "linux-6.18.19");
    const { mm, vma } = mapped(w);
    w.as(2, w.k.mmapWriteLock(mm));
    w.as(2, w.k.vmaStartWrite(vma));
    w.as(2, vmaMarkDetachedBegin(vma));
    w.as(1, w.k.rcuReadLock());
    expect(w.as(1, vmaRefcountInc(vma))).toBe("zero");
    w.as(2, vmAreaFree(vma));
    expect(w.broken(2)).toEqual([]);
    const late = new World(3, "linux-6.18.19");
    const area = walked(late);
    late.as(2, late.k.mmapWriteLock(area.mm));
    late.as(2, late.k.vmaStartWrite(area.vma));
    expect(late.as(1, vmaRefcountInc(area.vma))).toBe("ok");
    expect(late.as(2, vmaMarkDetachedBegin(area.vma))).toBe(true);
    late.as(2, vmAreaFree(area.vma));
    expect(late.broken(2)).toEqual(["VMA-ATTACH"]);
  });

  it("VW-EXCL: a writer that does not wait for the reader inside", () => {
    const w = new World();
    const { mm, vma } = mapped(w);
    w.as(1, w.k.lockVmaUnderRcu(mm, AT));
    w.as(2, w.k.mmapWriteLock(mm));
    w.as(2, vmaEnterLocked(vma));
    w.as(2, vmaLockSeqStore(vma));
    w.as(2, vmaExitLocked(vma));
    expect(w.broken(2)).toEqual(["VW-EXCL"]);
  });

  it("VW-EXCL: vma_start_read_locked without mmap_lock; with it nobody can be write-locking", () => {
    const w = new World();
    const { mm, vma } = mapped(w);
    w.as(1, w.k.mmapReadLock(mm));
    expect(w.as(1, w.k.vmaStartReadLocked(vma))).toBe(true);
    w.as(1, w.k.vmaEndRead(vma));
    w.as(1, w.k.mmapReadUnlock(mm));
    w.as(2, w.k.mmapWriteLock(mm));
    w.as(2, w.k.vmaStartWrite(vma));
    expect(w.broken(1)).toEqual([]);
    expect(w.as(1, w.k.vmaStartReadLocked(vma))).toBe(true);
    expect(w.broken(1)).toEqual(["VMA-LIVE", "VW-EXCL"]);
  });

  it("vma_start_read_locked fails while readers are excluded", () => {
    const w = new World();
    const { mm, vma } = mapped(w);
    w.as(2, w.k.mmapWriteLock(mm));
    w.as(2, vmaEnterLocked(vma));
    expect(w.as(1, w.k.vmaStartReadLocked(vma))).toBe(false);
  });

  it("VW-ENDS: a VMA that is write-locked without mmap_write_lock stays so", () => {
    const w = new World();
    const { mm, vma } = mapped(w);
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.vmaStartWrite(vma));
    w.as(1, w.k.mmapReadUnlock(mm));
    expect(w.broken(1)).toEqual(["VW-NEEDS-MMW"]);
    expect(checkEnd(kernelMachine, w.table.snapshot()).map(({ rule }) => rule.name)).toEqual(["VW-ENDS"]);
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, w.k.mmapWriteUnlock(mm));
    expect(checkEnd(kernelMachine, w.table.snapshot())).toEqual([]);
  });

  it("LOCK-HELD: vma_end_read by a task that has not the lock", () => {
    const w = new World();
    const { mm, vma } = mapped(w);
    w.as(2, vmaEndReadPut(vma));
    expect(w.broken(2)).toEqual(["LOCK-HELD"]);
    w.as(1, w.k.lockVmaUnderRcu(mm, AT));
    w.as(1, vmaEndReadPut(vma));
    expect(w.broken(1)).toEqual([]);
  });

  it.each([
    ["an unlocked store", false, ["STORE-LOCKED"]],
    ["a store under the VMA write lock", true, []],
  ] as const)("STORE-LOCKED: a reader meets %s", (_, locked, broken) => {
    const w = new World(3, "linux-6.18.19");
    const mm = w.mm(1, 2);
    w.as(1, w.k.mmapWriteLock(mm));
    const vma = w.as(1, vmAreaAlloc(mm, AT, AT + 4096, RW, 0));
    if (locked) w.as(1, w.k.vmaStartWrite(vma));
    w.as(1, vmaIterStore(vma));
    const got = w.as(2, w.k.lockVmaUnderRcu(mm, AT));
    expect(got).toEqual(locked ? null : vma);
    if (got !== null) w.as(2, w.k.vmaEndRead(vma));
    w.as(1, w.k.mmapWriteUnlock(mm));
    expect(w.as(2, w.k.lockVmaUnderRcu(mm, AT))).toEqual(vma);
    expect(w.broken(2)).toEqual(broken);
  });

  it("LOCK-ORDER: vma_start_write under i_mmap_rwsem, which the order puts inside", () => {
    const w = new World();
    const { mm, vma } = mapped(w);
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, w.k.downWrite("i_mmap0"));
    w.as(1, w.k.vmaStartWrite(vma));
    expect(w.broken(1)).toEqual(["LOCK-ORDER"]);
    const fixed = new World();
    const area = mapped(fixed);
    fixed.as(1, fixed.k.mmapWriteLock(area.mm));
    fixed.as(1, fixed.k.vmaStartWrite(area.vma));
    fixed.as(1, fixed.k.downWrite("i_mmap0"));
    expect(fixed.broken(1)).toEqual([]);
  });

  it("P12 flags of a live VMA want its write lock; a new one is nobody else's", () => {
    const w = new World();
    const { mm, vma } = mapped(w);
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, w.k.vmFlagsMod(vma, VM.DONTCOPY, 0));
    expect(w.broken(1)).toEqual(["FIELD-WRITE"]);
    const fine = new World();
    const area = mapped(fine);
    fine.as(1, fine.k.mmapWriteLock(area.mm));
    fine.as(1, fine.k.vmFlagsSet(area.vma, VM.DONTCOPY));
    const fresh = fine.as(1, vmAreaAlloc(area.mm, AT + 0x10000, AT + 0x11000, RW, 0));
    fine.as(1, fine.k.vmFlagsMod(fresh, VM.DONTCOPY, 0));
    expect(fine.broken(1)).toEqual([]);
  });
});

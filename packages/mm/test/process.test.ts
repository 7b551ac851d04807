import { describe, expect, it } from "vitest";
import { copyPteRange, vmAreaDup, vmaNeedsCopy } from "../src/events/fork-steps.ts";
import { checkStableAddressSpace } from "../src/events/mm-flag-steps.ts";
import { exitMm } from "../src/events/mm-steps.ts";
import { allocPage } from "../src/events/page-steps.ts";
import { reapableVmas } from "../src/events/reap-steps.ts";
import { ERRNO, mmLife, pteAt, VM, vmaFlags, vmaTree } from "../src/index.ts";
import { mmFlag } from "../src/objects/mm-flags.ts";
import { pageSlot, presentPte } from "../src/objects/page.ts";
import { task } from "../src/objects/task.ts";
import { World } from "./world.ts";

const AT = 0x10000;
const RW = VM.READ | VM.WRITE;

/** An address space of task 1 with one page of private memory, written. */
function withPage(world: World, flags: number = RW, at: number = AT): number {
  const mm = world.mm(1);
  map(world, mm, flags, at);
  world.as(1, world.k.pageFault(mm, at, true));
  return mm;
}

function map(world: World, mm: number, flags: number = RW, at: number = AT): void {
  world.as(1, world.k.mmap(mm, { start: at, length: 4096, flags, ops: "", owner: "" }));
}

const entryOf = (world: World, mm: number) => presentPte(world.table.get(pteAt(mm, AT)));

describe("fork", () => {
  it("shares private pages, which neither may write any more, and copies them on the first write", () => {
    const w = new World();
    const mm = withPage(w);
    const child = w.as(1, w.k.fork(mm, 2, null));
    expect(w.table.get(task.of(2)).mm).toBe(child);
    expect(entryOf(w, mm)).toEqual(entryOf(w, child));
    expect(entryOf(w, mm)!.write).toBe(false);
    const shared = entryOf(w, mm)!.page;
    expect(w.as(2, w.k.pageFault(child, AT, true))).toBe("ok");
    expect(entryOf(w, child)).toMatchObject({ write: true });
    expect(entryOf(w, child)!.page).not.toBe(shared);
    expect(w.as(1, w.k.pageFault(mm, AT, true))).toBe("ok");
    expect(entryOf(w, mm)).toMatchObject({ page: shared, write: true });
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("leaves the child nothing of what is DONTCOPY, and an empty area of what is WIPEONFORK or shared", () => {
    const w = new World();
    const mm = w.mm(1);
    const kinds = [VM.DONTCOPY, VM.WIPEONFORK, VM.SHARED, VM.SHARED | VM.MIXEDMAP, 0];
    kinds.forEach((flags, i) => {
      map(w, mm, RW | flags, AT + i * 0x10000);
    });
    w.as(1, w.k.pageFault(mm, AT + 4 * 0x10000, true));
    const needs = w.table.get(vmaTree.of(mm)).map(({ vma, gen }) => {
      w.as(1, w.k.mmapReadLock(mm));
      const need = w.as(1, vmaNeedsCopy({ vma, gen }));
      w.as(1, w.k.mmapReadUnlock(mm));
      return need;
    });
    expect(needs).toEqual(["skip", "leave", "leave", "copy", "copy"]);
    const child = w.as(1, w.k.fork(mm, null, null));
    expect(w.table.get(vmaTree.of(child)).map(({ start }) => start)).toEqual([0x20000, 0x30000, 0x40000, 0x50000]);
  });

  it("does not inherit VM_LOCKED", () => {
    const w = new World();
    const mm = w.mm(1);
    map(w, mm, RW | VM.LOCKED);
    const child = w.as(1, w.k.fork(mm, null, null));
    expect(w.table.get(vmaFlags.of(w.table.get(vmaTree.of(child))[0]!.vma)) & VM.LOCKED).toBe(0);
  });

  it.each([0, 1])("takes back what it copied when memory runs out after %i areas", (failAt) => {
    const w = new World();
    const mm = withPage(w);
    map(w, mm, RW, AT + 0x10000);
    expect(w.as(1, w.k.fork(mm, null, failAt))).toBe(ERRNO.ENOMEM);
    expect(w.table.get(mmLife.of(mm + 1))).toBe("freed");
    expect(w.table.get(mmFlag.of(mm + 1, "unstable"))).toBe(true);
    expect(Object.keys(w.table.get(pageSlot.of(entryOf(w, mm)!.page)).refs)).toHaveLength(1);
    expect(w.broken(1)).toEqual([]);
  });

  it.each(["linux-6.1", "linux-6.4.0", "linux-6.4.3", "linux-7.0"])("FORK-LOCKED on %s", (profile) => {
    const w = new World(3, profile);
    const mm = withPage(w);
    w.as(1, w.k.fork(mm, null, null));
    expect(w.broken(1)).toEqual(profile === "linux-6.4.0" ? ["FORK-LOCKED"] : []);
  });

  it("copies entries of both parents' tables only under both locks", () => {
    const w = new World();
    const mm = withPage(w);
    const [area] = w.table.get(vmaTree.of(mm));
    const vma = { vma: area!.vma, gen: area!.gen };
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, w.k.vmaStartWrite(vma));
    const dup = w.as(1, vmAreaDup(vma, w.mm()));
    w.as(1, copyPteRange(vma, dup, AT, AT + 4096));
    w.as(1, copyPteRange(vma, dup, AT, AT));
    expect(w.broken(1)).toEqual(["PTE-LOCK", "RANGE"]);
  });

  it("wakes a task that waits to be born", () => {
    const w = new World();
    const mm = w.mm(1);
    expect(w.attempt(2, w.k.retFromFork()).status).toBe("blocked");
    w.as(1, w.k.wakeUpNewTask(2, mm));
    expect(w.as(2, w.k.retFromFork())).toBe(mm);
  });
});

describe("exit and the oom reaper", () => {
  it("runs exit_mmap in the last mmput's caller, whoever that is", () => {
    const w = new World();
    const mm = withPage(w);
    w.as(2, w.k.mmgetNotZero(mm));
    w.as(1, w.k.exitProcess(mm));
    expect(w.table.get(mmLife.of(mm))).toBe("live");
    w.as(2, w.k.mmput(mm));
    expect(w.table.get(mmLife.of(mm))).toBe("freed");
    expect(w.table.get(mmFlag.of(mm, "oom_skip"))).toBe(true);
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("takes private memory from a victim that still lives, whose faults then get SIGBUS", () => {
    const w = new World();
    const mm = withPage(w);
    w.as(2, w.k.mmgrab(mm));
    w.as(2, w.k.oomReapTask(mm));
    expect(w.table.get(pteAt(mm, AT))).toBeNull();
    expect(w.as(1, w.k.pageFault(mm, AT, true))).toBe("SIGBUS");
    w.as(2, w.k.mmdrop(mm));
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("UNSTABLE: who had the page-table lock before the flag may go on, not when the lock is had again", () => {
    const w = new World();
    const mm = withPage(w);
    const [area] = w.table.get(vmaTree.of(mm));
    const vma = { vma: area!.vma, gen: area!.gen };
    const pages = [0, 1].map(() => w.as(1, allocPage()));
    const map = (page: number): boolean => w.as(1, w.k.setPteAt(vma, AT, pages[page]!, true));
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.zapPageRangeSingle(mm, vma, AT, 4096, null));
    w.as(1, w.k.pteOffsetMapLock(mm, AT));
    w.as(2, w.k.mmFlagsSet(mm, "unstable"));
    expect([map(0), w.broken(1)]).toEqual([true, []]);
    w.as(1, w.k.pteUnmapUnlock(mm, AT));
    w.as(1, w.k.zapPageRangeSingle(mm, vma, AT, 4096, null));
    w.as(1, w.k.pteOffsetMapLock(mm, AT));
    expect([map(1), w.broken(1)]).toEqual([true, ["UNSTABLE"]]);
  });

  it("UNSTABLE: a fault that does not ask brings zeroes back", () => {
    const w = new World();
    const mm = withPage(w);
    w.as(2, w.k.mmFlagsSet(mm, "unstable"));
    expect(w.as(1, checkStableAddressSpace(mm))).toBe(false);
    const [area] = w.table.get(vmaTree.of(mm));
    const page = w.as(1, allocPage());
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.zapPageRangeSingle(mm, { vma: area!.vma, gen: area!.gen }, AT, 4096, null));
    w.as(1, w.k.pteOffsetMapLock(mm, AT));
    expect(w.broken(1)).toEqual([]);
    w.as(1, w.k.setPteAt({ vma: area!.vma, gen: area!.gen }, AT, page, true));
    expect(w.broken(1)).toEqual(["UNSTABLE"]);
  });

  it("gives up on mmap_lock after ten attempts, and tells others not to try", () => {
    const w = new World();
    const mm = withPage(w);
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(2, w.k.oomReapTask(mm));
    expect(entryOf(w, mm)).not.toBeNull();
    expect(w.table.get(mmFlag.of(mm, "oom_skip"))).toBe(true);
    w.as(1, w.k.mmapWriteUnlock(mm));
    expect(w.as(2, w.k.oomReapTaskMm(mm))).toBe(true);
    expect(entryOf(w, mm)).not.toBeNull();
  });

  it("spares shared memory, hugetlb and PFN mappings", () => {
    const w = new World();
    const mm = w.mm(1);
    [0, VM.SHARED, VM.PFNMAP, VM.HUGETLB].forEach((flags, i) => {
      map(w, mm, RW, AT + i * 0x10000);
      w.table.apply(new Map([[vmaFlags.of(w.table.get(vmaTree.of(mm))[i]!.vma) as never, RW | flags]]));
    });
    w.as(2, w.k.mmapReadLock(mm));
    expect(w.as(2, reapableVmas(mm))).toHaveLength(2);
    expect(w.broken(2)).toEqual([]);
  });

  it("MM-ACCESS: the reaper walks neither without mmap_lock nor what exit has freed", () => {
    const w = new World();
    const mm = withPage(w);
    w.as(2, reapableVmas(mm));
    expect(w.broken(2)).toEqual(["MM-ACCESS"]);
    w.as(0, w.k.mmgrab(mm));
    w.as(0, w.k.mmapReadLock(mm));
    w.as(0, w.k.mmFlagsSet(mm, "oom_skip"));
    w.as(0, reapableVmas(mm));
    w.as(0, w.k.mmapReadUnlock(mm));
    w.as(0, w.k.mmFlagsClear(mm, "oom_skip"));
    expect(w.as(0, w.k.mmFlagsTest(mm, "oom_skip"))).toBe(false);
    expect(w.broken(0)).toEqual([]);
    w.as(1, w.k.exitProcess(mm));
    w.as(0, w.k.mmapReadLock(mm));
    w.as(0, reapableVmas(mm));
    expect(w.broken(0)).toEqual(["MM-ACCESS"]);
  });

  it("process_mrelease reaps a dying process, and finds nothing after its exit", () => {
    const w = new World(3, "linux-6.6");
    const mm = withPage(w);
    expect(w.as(2, w.k.processMrelease(mm))).toBe(0);
    expect(w.table.get(pteAt(mm, AT))).toBeNull();
    w.as(2, w.k.mmgrab(mm));
    w.as(1, w.k.exitProcess(mm));
    expect(w.as(2, w.k.processMrelease(mm))).toBe(ERRNO.ESRCH);
    expect(w.broken(2)).toEqual([]);
  });

  it("process_mrelease is in no kernel before 5.15", () => {
    const w = new World(3, "linux-5.4");
    expect(w.as(1, w.k.processMrelease(w.mm(1)))).toBe(ERRNO.ENOSYS);
  });

  it("mmget_not_zero fails from the last mmput on", () => {
    const w = new World();
    const mm = w.mm(0);
    w.as(1, w.k.mmgrab(mm));
    w.as(0, exitMm(mm));
    expect(w.as(1, w.k.mmgetNotZero(mm))).toBe(false);
  });
});

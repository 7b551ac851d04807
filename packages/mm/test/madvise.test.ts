import { describe, expect, it } from "vitest";
import { ERRNO, mmUsers, type PageAdvice, pteAt, VM } from "../src/index.ts";
import { userfaultfdEventWait } from "../src/events/uffd-event-steps.ts";
import { file, pageCache } from "../src/objects/file.ts";
import { pagePool, presentPte } from "../src/objects/page.ts";
import { swapCache, swapSlots } from "../src/objects/swap.ts";
import { pageTables } from "../src/objects/mm.ts";
import { uffdEvents } from "../src/objects/uffd.ts";
import { AT, mapAt, PAGE, RW } from "./mappings.ts";
import { World } from "./world.ts";

const INODE = 0;
const TABLE = 512 * PAGE;

function world(profile = "linux-6.18.19"): { w: World; mm: number } {
  const w = new World(3, profile);
  w.table.apply(new Map([[swapSlots as never, 2]]));
  return { w, mm: w.mm(1) };
}

/** Maps `pages` pages of a file from its start on. */
function fileAt(w: World, mm: number, start: number, pages: number, flags: number): number {
  const opened = w.as(1, w.k.doDentryOpen(INODE, "", ""));
  w.as(1, w.k.mmap(mm, { start, length: pages * PAGE, flags, ops: "", owner: "", file: opened }));
  return opened;
}

const advise = (w: World, mm: number, at: number, length: number, advice: PageAdvice): number =>
  w.as(1, w.k.madvisePages(mm, at, length, advice));

describe("MADV_PAGEOUT and MADV_COLD", () => {
  it("page out what only this PTE maps, and COLD nothing at once", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 2);
    w.as(1, w.k.pageFault(mm, AT, true));
    expect(advise(w, mm, AT, 2 * PAGE, "COLD")).toBe(0);
    expect(presentPte(w.table.get(pteAt(mm, AT)))).not.toBeNull();
    expect(advise(w, mm, AT, 2 * PAGE, "PAGEOUT")).toBe(0);
    expect(w.table.get(pteAt(mm, AT))).toEqual({ kind: "swap", slot: 0 });
    expect(w.broken(1)).toEqual([]);
  });

  it("leave alone what a child maps too, and refuse locked memory and page frames", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1);
    w.as(1, w.k.pageFault(mm, AT, true));
    w.as(1, w.k.fork(mm, null, null));
    expect(advise(w, mm, AT, PAGE, "PAGEOUT")).toBe(0);
    expect(presentPte(w.table.get(pteAt(mm, AT)))).not.toBeNull();
    mapAt(w, mm, AT + 2 * PAGE, 1, RW | VM.LOCKED);
    mapAt(w, mm, AT + 4 * PAGE, 1, RW | VM.PFNMAP, "drv");
    for (const at of [AT + 2 * PAGE, AT + 4 * PAGE]) expect(advise(w, mm, at, PAGE, "COLD")).toBe(ERRNO.EINVAL);
    expect(advise(w, mm, AT, 2 * PAGE, "PAGEOUT")).toBe(ERRNO.ENOMEM);
    expect(w.broken(1)).toEqual([]);
  });
});

describe("MADV_WILLNEED", () => {
  it("brings what is swapped out into the swap cache", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 2);
    w.as(1, w.k.pageFault(mm, AT, true));
    w.as(2, w.k.swapOut(mm, AT));
    w.table.apply(new Map([[swapCache.of(0) as never, null]]));
    expect(advise(w, mm, AT, 2 * PAGE, "WILLNEED")).toBe(0);
    expect(w.table.get(swapCache.of(0))).not.toBeNull();
    expect(w.broken(1)).toEqual([]);
  });

  it("fills the cache of a file without mmap_lock, and says -EBADF where there is none", () => {
    const { w, mm } = world();
    const opened = fileAt(w, mm, AT, 2, RW | VM.SHARED);
    expect(advise(w, mm, AT + PAGE, PAGE, "WILLNEED")).toBe(0);
    expect([w.table.get(pageCache.of(INODE, 0)), w.table.get(pageCache.of(INODE, 1))?.page]).toEqual([null, 0]);
    expect(advise(w, mm, AT, 2 * PAGE, "WILLNEED")).toBe(0);
    expect(w.table.get(file.of(opened)).refs["borrowed"]).toBeUndefined();
    expect(w.table.get(pagePool).free).toHaveLength(1);
    mapAt(w, mm, AT + 4 * PAGE, 1, RW, "other");
    expect(advise(w, mm, AT + 4 * PAGE, PAGE, "WILLNEED")).toBe(ERRNO.EBADF);
    expect(w.broken(1)).toEqual([]);
  });
});

describe("MADV_REMOVE", () => {
  it("punches a hole into a file that is mapped shared and may be written", () => {
    const { w, mm } = world();
    fileAt(w, mm, AT, 2, RW | VM.SHARED);
    advise(w, mm, AT, 2 * PAGE, "WILLNEED");
    expect(advise(w, mm, AT, PAGE, "REMOVE")).toBe(0);
    expect(w.table.get(pageCache.of(INODE, 0))).toBeNull();
    expect(w.table.get(pageCache.of(INODE, 1))).not.toBeNull();
    expect(w.broken(1)).toEqual([]);
  });

  it("refuses private mappings, locked ones, and what maps no file", () => {
    const { w, mm } = world();
    fileAt(w, mm, AT, 1, RW);
    fileAt(w, mm, AT + 2 * PAGE, 1, RW | VM.SHARED | VM.LOCKED);
    mapAt(w, mm, AT + 4 * PAGE, 1);
    const errors = [0, 2, 4].map((page) => advise(w, mm, AT + page * PAGE, PAGE, "REMOVE"));
    expect(errors).toEqual([ERRNO.EACCES, ERRNO.EINVAL, ERRNO.EINVAL]);
  });
});

describe("MADV_COLLAPSE", () => {
  it("takes the page tables of a file away, and only whole ones", () => {
    const { w, mm } = world();
    fileAt(w, mm, TABLE, 512, VM.READ | VM.SHARED);
    advise(w, mm, TABLE, PAGE, "WILLNEED");
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.pteAlloc(mm, TABLE));
    w.as(1, w.k.mmapReadUnlock(mm));
    expect(advise(w, mm, TABLE, PAGE, "COLLAPSE")).toBe(ERRNO.EINVAL);
    expect(w.table.get(pageTables.of(mm))).toEqual([1]);
    expect(advise(w, mm, TABLE, TABLE, "COLLAPSE")).toBe(0);
    expect(w.table.get(pageTables.of(mm))).toEqual([]);
    mapAt(w, mm, AT, 1);
    expect(advise(w, mm, AT, PAGE, "COLLAPSE")).toBe(ERRNO.EINVAL);
    expect(w.broken(1)).toEqual([]);
  });
});

describe("MADV_POPULATE", () => {
  it("faults every page in, for reading or writing", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 2);
    expect(w.as(1, w.k.madvisePopulate(mm, AT, 2 * PAGE, false))).toBe(0);
    expect(w.table.get(pteAt(mm, AT + PAGE))).toEqual({ kind: "zero" });
    expect(w.as(1, w.k.madvisePopulate(mm, AT, PAGE, true))).toBe(0);
    expect(presentPte(w.table.get(pteAt(mm, AT)))?.write).toBe(true);
    expect(w.broken(1)).toEqual([]);
  });

  it("says what it cannot fault in", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1, VM.READ);
    mapAt(w, mm, AT + 2 * PAGE, 1, RW, "other");
    const errors = [0, 1, 2].map((page) => w.as(1, w.k.madvisePopulate(mm, AT + page * PAGE, PAGE, true)));
    expect(errors).toEqual([ERRNO.EINVAL, ERRNO.ENOMEM, ERRNO.EFAULT]);
    expect(w.as(1, w.k.madvisePopulate(mm, AT + 1, PAGE, true))).toBe(ERRNO.EINVAL);
  });
});

describe("what a kernel does not know", () => {
  it.each([
    ["linux-4.19", "PAGEOUT"],
    ["linux-5.4", "COLLAPSE"],
  ] as const)("%s: MADV_%s", (profile, advice) => {
    const { w, mm } = world(profile);
    mapAt(w, mm, AT, 1);
    expect(advise(w, mm, AT, PAGE, advice)).toBe(ERRNO.EINVAL);
    expect(w.as(1, w.k.madvisePopulate(mm, AT, PAGE, true))).toBe(ERRNO.EINVAL);
    expect(w.as(1, w.k.madviseDontneedLocked(mm, AT, PAGE))).toBe(ERRNO.EINVAL);
    expect(w.as(1, w.k.processMadvise(mm, AT, PAGE, "COLD"))).toBe(ERRNO.ENOSYS);
  });

  it("refuses ranges that are none", () => {
    const { w, mm } = world();
    expect(advise(w, mm, AT + 1, PAGE, "COLD")).toBe(ERRNO.EINVAL);
  });
});

describe("MADV_DONTNEED", () => {
  it("ends at locked memory, which MADV_DONTNEED_LOCKED throws away, and goes on after a gap", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1);
    mapAt(w, mm, AT + 2 * PAGE, 1);
    mapAt(w, mm, AT + 3 * PAGE, 1, RW | VM.LOCKED);
    for (const page of [0, 2, 3]) w.as(1, w.k.pageFault(mm, AT + page * PAGE, true));
    const there = () => [0, 2, 3].map((page) => w.table.get(pteAt(mm, AT + page * PAGE)) !== null);
    expect(w.as(1, w.k.madviseDontneed(mm, AT, 3 * PAGE))).toBe(ERRNO.ENOMEM);
    expect(there()).toEqual([false, false, true]);
    expect(w.as(1, w.k.madviseDontneed(mm, AT + 2 * PAGE, 2 * PAGE))).toBe(ERRNO.EINVAL);
    expect(there()).toEqual([false, false, true]);
    expect(w.as(1, w.k.madviseDontneedLocked(mm, AT + 2 * PAGE, 2 * PAGE))).toBe(0);
    expect(there()).toEqual([false, false, false]);
    expect(w.broken(1)).toEqual([]);
  });

  it("tells the monitor first, with no lock, and looks again at what is there then", () => {
    const w = new World(3, "linux-6.18.19", { uffdEvents: true });
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1);
    w.as(1, w.k.userfaultfdApi(1, ["remove"]));
    w.as(1, w.k.userfaultfdRegister(mm, AT, PAGE, 1, "missing"));
    const steps = w.k.madviseDontneed(mm, AT, PAGE);
    expect(() => w.as(1, steps)).toThrow("userfaultfd_event_wait_completion");
    expect(w.table.get(uffdEvents.of(1))).toEqual([{ event: "remove", by: 1, start: AT, end: AT + PAGE }]);
    expect(w.as(2, w.k.uffdioCopy(mm, AT))).toBe(ERRNO.EAGAIN);
    expect(w.as(2, w.k.userfaultfdCtxRead(1)).event).toBe("remove");
    w.as(1, userfaultfdEventWait(1));
    expect(w.as(2, w.k.uffdioCopy(mm, AT))).toBe(0);
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("does not take the VMA lock where a monitor is", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1);
    w.as(1, w.k.userfaultfdRegister(mm, AT, PAGE, 1, "missing"));
    w.as(1, w.k.mmapWriteLock(mm));
    expect(() => w.as(2, w.k.madviseDontneed(mm, AT, PAGE))).toThrow("mmap_read_lock");
  });
});

describe("process_madvise", () => {
  it("pages out what another process has, and refuses to throw it away", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1);
    w.as(1, w.k.pageFault(mm, AT, true));
    expect(w.as(2, w.k.processMadvise(mm, AT, PAGE, "DONTNEED"))).toBe(ERRNO.EINVAL);
    expect(w.as(2, w.k.processMadvise(mm, AT, PAGE, "PAGEOUT"))).toBe(PAGE);
    expect(w.table.get(pteAt(mm, AT))).toEqual({ kind: "swap", slot: 0 });
    expect(w.as(2, w.k.processMadvise(mm, AT, 2 * PAGE, "COLD"))).toBe(ERRNO.ENOMEM);
    expect(w.table.get(mmUsers.of(mm, 2))).toBe(0);
    expect(w.broken(2)).toEqual([]);
  });

  it.each([
    ["linux-6.12", ERRNO.EINVAL],
    ["linux-6.14", PAGE],
  ])("%s: throws away what is one's own, or does not", (profile, result) => {
    const { w, mm } = world(profile);
    mapAt(w, mm, AT, 1);
    expect(w.as(1, w.k.processMadvise(mm, AT, PAGE, "DONTNEED"))).toBe(result);
  });

  it("comes too late for a process that has exited", () => {
    const { w, mm } = world();
    w.as(2, w.k.mmgrab(mm));
    w.as(1, w.k.exitProcess(mm));
    expect(w.as(2, w.k.processMadvise(mm, AT, PAGE, "COLD"))).toBe(ERRNO.ESRCH);
    expect(w.broken(2)).toEqual([]);
  });
});

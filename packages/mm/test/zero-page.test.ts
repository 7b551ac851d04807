import { describe, expect, it } from "vitest";
import { wpPageCopy } from "../src/events/cow-steps.ts";
import { setZeroPte } from "../src/events/zero-page-steps.ts";
import { presentPte, pteAt, VM } from "../src/index.ts";
import { vmaAnonVma } from "../src/objects/anon-vma.ts";
import { mmFlag } from "../src/objects/mm-flags.ts";
import { pageMapping, pagePool } from "../src/objects/page.ts";
import { handleMmFault } from "../src/kernel/fault.ts";
import { AT, lookup, mapAt, page, PAGE, RW } from "./mappings.ts";
import { World } from "./world.ts";

const ZERO = { kind: "zero" };
const PROFILES = ["linux-5.4", "linux-6.1", "linux-6.4.3", "linux-6.6", "linux-6.12", "linux-7.0"];

describe.each(PROFILES)("the zero page of %s", (name) => {
  it("is what a read maps: no page, no anon_vma", () => {
    const w = new World(3, name);
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    expect(w.as(1, w.k.pageFault(mm, AT, false))).toBe("ok");
    expect(w.table.get(pteAt(mm, AT))).toEqual(ZERO);
    expect(w.table.get(vmaAnonVma.of(vma.vma))).toBeNull();
    expect(w.table.get(pagePool).slots).toBe(0);
    expect(w.as(1, w.k.pageFault(mm, AT, false))).toBe("ok");
    expect(w.table.get(pteAt(mm, AT))).toEqual(ZERO);
    expect(w.as(1, w.k.userAccess(mm, AT, false))).toBe("ok");
    expect(w.as(1, w.k.userAccess(mm, AT, true))).toBe("fault");
    expect(w.broken(1)).toEqual([]);
  });

  it("gives way to a page of its own on the first write, which rmap finds", () => {
    const w = new World(3, name);
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 2);
    w.as(1, w.k.pageFault(mm, AT + PAGE, false));
    expect(w.as(1, w.k.pageFault(mm, AT + PAGE, true))).toBe("ok");
    const entry = presentPte(w.table.get(pteAt(mm, AT + PAGE)))!;
    expect(entry.write).toBe(true);
    const anonVma = w.table.get(vmaAnonVma.of(vma.vma));
    expect(w.table.get(pageMapping.of(entry.page))).toEqual({ anonVma, index: AT / PAGE + 1 });
    expect(w.as(1, w.k.userAccess(mm, AT + PAGE, true))).toBe("ok");
    expect(w.broken(1)).toEqual([]);
  });

  it("goes with the area, and leaves no page behind", () => {
    const w = new World(3, name);
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1);
    w.as(1, w.k.pageFault(mm, AT, false));
    expect(w.as(1, w.k.munmap(mm, AT, PAGE))).toBe(0);
    expect(w.table.get(pteAt(mm, AT))).toBeNull();
    expect(w.broken(1)).toEqual([]);
  });
});

describe("the zero page", () => {
  it("is not for shared memory, memory of files, or writes", () => {
    const w = new World();
    const mm = w.mm(1);
    const file = w.as(1, w.k.doDentryOpen(0, "", ""));
    mapAt(w, mm, AT, 1, RW | VM.SHARED);
    w.as(1, w.k.mmap(mm, { start: AT + 2 * PAGE, length: PAGE, flags: RW, ops: "", owner: "", file }));
    mapAt(w, mm, AT + 4 * PAGE, 1);
    w.as(1, w.k.pageFault(mm, AT, false));
    w.as(1, w.k.pageFault(mm, AT + 2 * PAGE, false));
    w.as(1, w.k.pageFault(mm, AT + 4 * PAGE, true));
    for (const at of [0, 2, 4]) expect(presentPte(w.table.get(pteAt(mm, AT + at * PAGE)))).not.toBeNull();
  });

  it("is inherited by a child whose parent has written elsewhere, and left to faults otherwise", () => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 2);
    mapAt(w, mm, AT + 4 * PAGE, 1);
    for (const at of [AT, AT + 4 * PAGE]) w.as(1, w.k.pageFault(mm, at, false));
    w.as(1, w.k.pageFault(mm, AT + PAGE, true));
    const child = w.as(1, w.k.fork(mm, 2, null));
    expect(w.table.get(pteAt(child, AT))).toEqual(ZERO);
    expect(w.table.get(pteAt(child, AT + 4 * PAGE))).toBeNull();
    w.as(2, w.k.pageFault(child, AT, true));
    expect(w.table.get(pteAt(mm, AT))).toEqual(ZERO);
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("moves with mremap, and stays read-only when mprotect allows writes", () => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1, VM.READ);
    w.as(1, w.k.pageFault(mm, AT, false));
    w.as(1, w.k.mprotect(mm, AT, PAGE, RW));
    const to = AT + 8 * PAGE;
    w.as(1, w.k.mremap(mm, { start: AT, oldLength: PAGE, newLength: PAGE, to, dontUnmap: false }));
    expect([w.table.get(pteAt(mm, AT)), w.table.get(pteAt(mm, to))]).toEqual([null, ZERO]);
    expect(w.broken(1)).toEqual([]);
  });

  it("UNSTABLE: is not mapped where the oom reaper was", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    w.as(1, w.k.mmFlagsSet(mm, "unstable"));
    expect(w.as(1, w.k.pageFault(mm, AT, false))).toBe("SIGBUS");
    expect(w.broken(1)).toEqual([]);
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.pteOffsetMapLock(mm, AT));
    expect(w.as(1, setZeroPte(vma, AT))).toBe(true);
    expect(w.broken(1)).toEqual(["UNSTABLE"]);
    expect(w.table.get(mmFlag.of(mm, "unstable"))).toBe(true);
  });

  it("PTE-INSTALL, PTE-LOCK: is mapped with no lock at all", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    w.as(1, setZeroPte(vma, AT));
    expect(w.broken(1).sort()).toEqual(["PTE-INSTALL", "PTE-LOCK", "VMA-LIVE"]);
  });

  it("is not copied over when something else is mapped by then", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    w.as(1, w.k.pageFault(mm, AT, true));
    const copy = page(w);
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.pteOffsetMapLock(mm, AT));
    expect(w.as(1, wpPageCopy(vma, AT, null, copy))).toBe(false);
    expect(w.as(1, setZeroPte(vma, AT))).toBe(false);
    expect(w.broken(1)).toEqual([]);
  });

  it("its first write drops the VMA lock when mmap_lock cannot be had for the anon_vma", () => {
    const w = new World(3, "linux-6.12");
    const mm = w.mm(1, 2);
    mapAt(w, mm, AT, 1);
    w.as(1, w.k.pageFault(mm, AT, false));
    const vma = w.as(1, w.k.lockVmaUnderRcu(mm, AT))!;
    w.as(2, w.k.mmapWriteLock(mm));
    expect(w.as(1, handleMmFault(w.k, mm, vma, AT, true, "vma"))).toBe("retry");
    expect(lookupFree(w, mm)).toBe(true);
    expect(w.broken(1)).toEqual([]);
  });
});

/** Whether a writer is not kept waiting by task 1: it has let go of the VMA. */
function lookupFree(w: World, mm: number): boolean {
  w.as(2, w.k.mmapWriteUnlock(mm));
  return lookup(w, mm, AT) !== null && w.as(2, w.k.munmap(mm, AT, PAGE)) === 0;
}

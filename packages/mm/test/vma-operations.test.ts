import { describe, expect, it } from "vitest";
import type { Context, VmOps } from "../src/kernel/context.ts";
import { mprotect } from "../src/kernel/mprotect.ts";
import { mremap } from "../src/kernel/mremap.ts";
import { munmap } from "../src/kernel/munmap.ts";
import { vmaIterStore } from "../src/events/vma-steps.ts";
import { pageTables } from "../src/objects/mm.ts";
import { type FlagAdvice } from "../src/index.ts";
import {
  binderOpen,
  binderStart,
  pageSlot,
  pteAt,
  type Steps,
  word,
  profileNames,
  TABLE_SPAN,
  VM,
  vmaFlags,
  vmaSlot,
  vmaTree,
} from "../src/index.ts";
import { AT, lookup, mapAt, newVma, page, PAGE, RW } from "./mappings.ts";
import { World } from "./world.ts";

const areas = (w: World, mm: number): [number, number][] =>
  w.table.get(vmaTree.of(mm)).map(({ start, end }) => [(start - AT) / PAGE, (end - AT) / PAGE]);
const filled = (w: World, mm: number, at: number): boolean => w.table.get(pteAt(mm, at)) !== null;

describe("mprotect", () => {
  it("takes rights from PTEs and from TLBs, and gives them back by faults only", () => {
    const w = new World();
    const mm = w.mm(1, 2);
    mapAt(w, mm, AT, 2);
    w.as(1, w.k.pageFault(mm, AT, true));
    expect(w.as(2, w.k.userAccess(mm, AT, true))).toBe("ok");
    expect(w.as(1, w.k.mprotect(mm, AT, 2 * PAGE, VM.READ))).toBe(0);
    expect(w.table.get(pteAt(mm, AT))).toMatchObject({ write: false });
    expect(w.as(2, w.k.userAccess(mm, AT, true))).toBe("fault");
    expect(w.as(1, w.k.mprotect(mm, AT, 2 * PAGE, RW))).toBe(0);
    expect(w.table.get(pteAt(mm, AT))).toMatchObject({ write: false });
    expect(w.as(1, w.k.pageFault(mm, AT, true))).toBe("ok");
    expect(w.as(2, w.k.userAccess(mm, AT, true))).toBe("ok");
    expect(w.broken(1)).toEqual([]);
    expect(w.broken(2)).toEqual([]);
  });

  it("makes the PTEs of a shared mapping writable at once", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1, VM.READ | VM.SHARED, "other");
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.vmInsertPage(mm, vma, AT, page(w), null));
    w.as(1, w.k.mmapReadUnlock(mm));
    expect(w.as(1, w.k.mprotect(mm, AT, PAGE, RW))).toBe(0);
    expect(w.table.get(pteAt(mm, AT))).toMatchObject({ write: true });
    expect(w.broken(1)).toEqual([]);
  });

  it("splits at its edges", () => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 4);
    expect(w.as(1, w.k.mprotect(mm, AT + PAGE, 2 * PAGE, VM.READ))).toBe(0);
    expect(areas(w, mm)).toEqual([
      [0, 1],
      [1, 3],
      [3, 4],
    ]);
  });

  it("leaves what comes before a VMA that may not have the rights changed", () => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1, VM.READ);
    mapAt(w, mm, AT + PAGE, 1, VM.READ, "mon_bin");
    mapAt(w, mm, AT + 2 * PAGE, 1, VM.READ);
    expect(w.as(1, w.k.mprotect(mm, AT, 3 * PAGE, RW))).toBe(-13);
    const writes = [0, 1, 2].map((i) => w.table.get(vmaFlags.of(lookup(w, mm, AT + i * PAGE)!.vma)) & VM.WRITE);
    expect(writes).toEqual([VM.WRITE, 0, 0]);
  });

  it.each([
    ["READ", VM.READ, VM.MAYREAD],
    ["WRITE", VM.WRITE, VM.MAYWRITE],
    ["EXEC", VM.EXEC, VM.MAYEXEC],
  ])("refuses %s to a mapping that may not have it", (_name, access, may) => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1, 0);
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, w.k.vmFlagsClear(vma, may));
    w.as(1, w.k.mmapWriteUnlock(mm));
    expect(w.as(1, w.k.mprotect(mm, AT, PAGE, access))).toBe(-13);
    expect(w.as(1, w.k.mprotect(mm, AT, PAGE, (VM.READ | VM.WRITE | VM.EXEC) & ~access))).toBe(0);
  });

  it.each([
    ["a gap before", AT - PAGE, 2 * PAGE, -12],
    ["a gap in the middle", AT, 3 * PAGE, -12],
    ["a gap behind", AT + 2 * PAGE, 2 * PAGE, -12],
    ["an address within a page", AT + 1, PAGE, -22],
    ["nothing", AT, 0, 0],
    ["the end of the address space", AT, 2 ** 47, -12],
  ])("returns an error for %s", (_what, start, length, error) => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1);
    mapAt(w, mm, AT + 2 * PAGE, 1);
    expect(w.as(1, w.k.mprotect(mm, start, length, VM.READ))).toBe(error);
    expect(w.broken(1)).toEqual([]);
  });
});

describe("mremap", () => {
  const move = (from: number, pages: number, to: number | null, newPages = pages, dontUnmap = false) => ({
    start: AT + from * PAGE,
    oldLength: pages * PAGE,
    newLength: newPages * PAGE,
    to: to === null ? null : AT + to * PAGE,
    dontUnmap,
  });

  it("moves pages with their references and TLB entries gone", () => {
    const w = new World();
    const mm = w.mm(1, 2);
    mapAt(w, mm, AT, 2);
    w.as(1, w.k.pageFault(mm, AT + PAGE, true));
    w.as(2, w.k.userAccess(mm, AT + PAGE, true));
    const entry = w.table.get(pteAt(mm, AT + PAGE)) as { page: number };
    expect(w.as(1, w.k.mremap(mm, move(0, 2, 8)))).toBe(AT + 8 * PAGE);
    expect(areas(w, mm)).toEqual([[8, 10]]);
    expect(w.table.get(pteAt(mm, AT + 9 * PAGE))).toEqual(entry);
    expect(Object.values(w.table.get(pageSlot.of(entry.page)).refs)).toEqual([1]);
    expect(w.as(2, w.k.userAccess(mm, AT + PAGE, true))).toBe("fault");
    expect(w.broken(1)).toEqual([]);
    w.as(1, w.k.exitProcess(mm));
    expect(w.table.get(pageSlot.of(entry.page)).state).toBe("free");
  });

  it("moves a driver's VMA with vm_ops, private data and offset (H24), and closes only the old one", () => {
    const w = new World();
    const mm = w.mm(1);
    const alloc = w.as(1, binderOpen(mm, "binder", 4));
    const asked = { start: AT, length: 4 * PAGE, flags: VM.READ, ops: "binder", owner: `binder${alloc}` };
    w.as(1, w.k.mmap(mm, asked));
    expect(w.as(1, w.k.mremap(mm, move(2, 2, 8)))).toBe(AT + 8 * PAGE);
    expect(areas(w, mm)).toEqual([
      [0, 2],
      [8, 10],
    ]);
    const moved = w.table.get(vmaSlot.of(lookup(w, mm, AT + 8 * PAGE)!.vma));
    expect(moved).toMatchObject({ ops: "binder", owner: `binder${alloc}`, pgoff: 2 });
    expect(w.table.get(binderStart.of(alloc))).toBe(AT);
    // The close of the part that is unmapped makes the driver forget the rest as well (H32).
    expect(w.broken(1)).toEqual(["DRV-STATE"]);
  });

  it("unmaps what stands where it goes", () => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 2);
    mapAt(w, mm, AT + 4 * PAGE, 4, VM.READ);
    expect(w.as(1, w.k.mremap(mm, move(0, 2, 5)))).toBe(AT + 5 * PAGE);
    expect(areas(w, mm)).toEqual([
      [4, 5],
      [5, 7],
      [7, 8],
    ]);
  });

  it("grows in place where there is room, shrinks, and leaves an equal length alone", () => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 2);
    mapAt(w, mm, AT + 4 * PAGE, 1, VM.READ);
    expect(w.as(1, w.k.mremap(mm, move(0, 2, null, 3)))).toBe(AT);
    expect(w.as(1, w.k.mremap(mm, move(0, 3, null, 5)))).toBe(-12);
    expect(w.as(1, w.k.mremap(mm, move(0, 1, null, 2)))).toBe(-12);
    expect(areas(w, mm)[0]).toEqual([0, 3]);
    w.as(1, w.k.pageFault(mm, AT + 2 * PAGE, true));
    expect(w.as(1, w.k.mremap(mm, move(0, 3, null, 1)))).toBe(AT);
    expect(filled(w, mm, AT + 2 * PAGE)).toBe(false);
    expect(w.as(1, w.k.mremap(mm, move(0, 1, null)))).toBe(AT);
    expect(areas(w, mm)[0]).toEqual([0, 1]);
    expect(w.broken(1)).toEqual([]);
  });

  it("shrinks and grows while it moves", () => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 4);
    expect(w.as(1, w.k.mremap(mm, move(0, 4, 8, 2)))).toBe(AT + 8 * PAGE);
    expect(areas(w, mm)).toEqual([[8, 10]]);
    expect(w.as(1, w.k.mremap(mm, move(8, 2, 16, 3)))).toBe(AT + 16 * PAGE);
    expect(areas(w, mm)).toEqual([[16, 19]]);
    expect(w.broken(1)).toEqual([]);
  });

  it("leaves the old VMA, empty, with DONTUNMAP", () => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1, VM.READ, "other");
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.vmInsertPage(mm, w.as(1, w.k.vmaLookup(mm, AT))!, AT, page(w), null));
    w.as(1, w.k.mmapReadUnlock(mm));
    expect(w.as(1, w.k.mremap(mm, move(0, 1, 4, 1, true)))).toBe(AT + 4 * PAGE);
    expect(areas(w, mm)).toEqual([
      [0, 1],
      [4, 5],
    ]);
    expect([filled(w, mm, AT), filled(w, mm, AT + 4 * PAGE)]).toEqual([false, true]);
    expect(w.broken(1)).toEqual([]);
  });

  it.each([
    ["expand", VM.DONTEXPAND, move(0, 4, 8, 5), -14],
    ["expand", VM.PFNMAP, move(0, 4, 8, 5), -14],
    ["expand", VM.MIXEDMAP, move(0, 4, 8, 5), AT + 8 * PAGE],
    ["move", VM.DONTEXPAND, move(0, 4, 8), AT + 8 * PAGE],
    ["DONTUNMAP", VM.DONTEXPAND, move(0, 4, 8, 4, true), -22],
    ["DONTUNMAP", VM.PFNMAP, move(0, 4, 8, 4, true), -22],
    ["DONTUNMAP", VM.MIXEDMAP, move(0, 4, 8, 4, true), AT + 8 * PAGE],
  ])("asks the flags before it lets a driver's VMA %s (flag %i)", (_what, flag, remap, result) => {
    const w = new World();
    const mm = w.mm(1);
    const vma = newVma(w, mm, VM.READ);
    w.as(1, w.k.vmFlagsModUnlocked(vma, flag, 0));
    w.as(1, w.k.vmaStartWrite(vma));
    storeNew(w, mm, vma);
    expect(w.as(1, w.k.mremap(mm, remap))).toBe(result);
    expect(w.broken(1)).toEqual([]);
  });

  it.each([
    ["nothing mapped", move(16, 1, 20), -14],
    ["a range that leaves the VMA", move(0, 3, 20), -14],
    ["places that overlap", move(0, 2, 1), -22],
    ["no length", move(0, 1, 20, 0), -22],
    ["a place within a page", { ...move(0, 1, 20), to: AT + 1 }, -22],
    ["DONTUNMAP without a place", move(0, 1, null, 1, true), -22],
  ])("returns an error for %s", (_what, remap, error) => {
    const w = new World(3, "linux-6.6");
    const mm = w.mm(1);
    mapAt(w, mm, AT, 2);
    mapAt(w, mm, AT + 2 * PAGE, 1, VM.READ);
    expect(w.as(1, w.k.mremap(mm, remap))).toBe(error);
    expect(w.broken(1)).toEqual([]);
  });

  it("moves several VMAs at once where the kernel can (mremapMultiVma)", () => {
    for (const [profile, result] of [
      ["linux-6.12", -14],
      ["linux-6.18", AT + 16 * PAGE],
    ] as const) {
      const w = new World(3, profile);
      const mm = w.mm(1);
      mapAt(w, mm, AT, 2);
      mapAt(w, mm, AT + 2 * PAGE, 1, VM.READ);
      expect(w.as(1, w.k.mremap(mm, move(0, 4, 16)))).toBe(result);
      expect(w.broken(1)).toEqual([]);
    }
  });

  it.each(["linux-5.4", "linux-6.6"])("moves whole page tables in %s by PTE or by PMD (mremapMoves)", (profile) => {
    const w = new World(3, profile);
    const mm = w.mm(1);
    const [from, to] = [4 * TABLE_SPAN, 8 * TABLE_SPAN];
    mapAt(w, mm, from, 512);
    w.as(1, w.k.pageFault(mm, from + 3 * PAGE, true));
    const all = { start: from, oldLength: TABLE_SPAN, newLength: TABLE_SPAN, to, dontUnmap: false };
    expect(w.as(1, w.k.mremap(mm, all))).toBe(to);
    expect(filled(w, mm, to + 3 * PAGE)).toBe(true);
    expect(w.table.get(pageTables.of(mm))).toEqual([8]);
    expect(w.broken(1)).toEqual([]);
  });

  it("moves one table's entries into two", () => {
    const w = new World();
    const mm = w.mm(1);
    const [from, to] = [4 * TABLE_SPAN, 9 * TABLE_SPAN - PAGE];
    mapAt(w, mm, from, 2);
    w.as(1, w.k.pageFault(mm, from, true));
    w.as(1, w.k.pageFault(mm, from + PAGE, true));
    const remap = { start: from, oldLength: 2 * PAGE, newLength: 2 * PAGE, to, dontUnmap: false };
    expect(w.as(1, w.k.mremap(mm, remap))).toBe(to);
    expect([filled(w, mm, to), filled(w, mm, to + PAGE)]).toEqual([true, true]);
    expect(w.broken(1)).toEqual([]);
  });
});

describe("madvise", () => {
  it.each(["linux-6.12", "linux-7.0"])("DONTNEED throws pages away under the lock of %s (dontneedLock)", (profile) => {
    const w = new World(3, profile);
    const mm = w.mm(1);
    mapAt(w, mm, AT, 2);
    w.as(1, w.k.pageFault(mm, AT, true));
    w.as(1, w.k.pageFault(mm, AT + PAGE, true));
    expect(w.as(1, w.k.madviseDontneed(mm, AT, PAGE))).toBe(0);
    expect([filled(w, mm, AT), filled(w, mm, AT + PAGE)]).toEqual([false, true]);
    expect(w.broken(1)).toEqual([]);
  });

  it("DONTNEED falls back to mmap_lock where the range leaves the VMA, and tells of gaps", () => {
    const w = new World(3, "linux-7.0");
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1);
    mapAt(w, mm, AT + 2 * PAGE, 1);
    w.as(1, w.k.pageFault(mm, AT + 2 * PAGE, true));
    expect(w.as(1, w.k.madviseDontneed(mm, AT, 3 * PAGE))).toBe(-12);
    expect(filled(w, mm, AT + 2 * PAGE)).toBe(false);
    expect(w.as(1, w.k.madviseDontneed(mm, AT + PAGE, PAGE))).toBe(-12);
    expect(w.as(1, w.k.madviseDontneed(mm, AT + 1, PAGE))).toBe(-22);
    expect(w.broken(1)).toEqual([]);
  });

  it("DONTNEED is refused for page frames and locked memory, and allowed for a driver's pages", () => {
    const w = new World(3, "linux-7.0");
    const mm = w.mm(1);
    const vma = newVma(w, mm, VM.READ);
    w.as(1, w.k.setPfnmap(vma));
    w.as(1, w.k.vmaStartWrite(vma));
    storeNew(w, mm, vma);
    expect(w.as(1, w.k.madviseDontneed(mm, AT, PAGE))).toBe(-22);
    mapAt(w, mm, AT + 8 * PAGE, 1);
    w.as(1, w.k.mlock(mm, AT + 8 * PAGE, PAGE, true));
    expect(w.as(1, w.k.madviseDontneed(mm, AT + 8 * PAGE, PAGE))).toBe(-22);
    mapAt(w, mm, AT + 16 * PAGE, 1, VM.READ, "other");
    expect(w.as(1, w.k.madviseDontneed(mm, AT + 16 * PAGE, PAGE))).toBe(0);
    expect(w.broken(1)).toEqual([]);
  });

  it.each<[FlagAdvice, number, number, number, string]>([
    ["DONTFORK", 0, VM.DONTCOPY, 0, ""],
    ["DOFORK", VM.DONTCOPY, 0, 0, ""],
    ["DONTDUMP", 0, VM.DONTDUMP, 0, ""],
    ["DODUMP", VM.DONTDUMP, 0, 0, ""],
    ["WIPEONFORK", 0, VM.WIPEONFORK, 0, ""],
    ["KEEPONFORK", VM.WIPEONFORK, 0, 0, ""],
    ["WIPEONFORK", 0, 0, -22, "other"],
    ["DODUMP", VM.DONTDUMP, VM.DONTDUMP, -22, "other"],
  ])("%s turns %i into %i, or returns %i", (advice, before, after, result, ops) => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1, RW, ops);
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, w.k.vmFlagsSet(vma, before));
    w.as(1, w.k.mmapWriteUnlock(mm));
    expect(w.as(1, w.k.madviseFlags(mm, AT, PAGE, advice))).toBe(result);
    const flags = w.table.get(vmaFlags.of(vma.vma));
    expect(flags & (VM.DONTCOPY | VM.DONTDUMP | VM.WIPEONFORK)).toBe(after);
    expect(w.broken(1)).toEqual([]);
  });

  it.each(["linux-6.14", "linux-7.0"])("guards are installed and removed in %s (guardLock)", (profile) => {
    const w = new World(3, profile);
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 3);
    w.as(1, w.k.pageFault(mm, AT + PAGE, true));
    expect(w.as(1, w.k.madviseGuard(mm, AT, 2 * PAGE, true))).toBe(0);
    const guard = { kind: "marker", marker: "guard" };
    expect(w.table.get(pteAt(mm, AT))).toEqual(guard);
    expect(w.table.get(pteAt(mm, AT + PAGE))).toEqual(guard);
    expect(w.table.get(pteAt(mm, AT + 2 * PAGE))).toBeNull();
    expect(w.table.get(vmaSlot.of(vma.vma)).guard).toBe(true);
    expect(w.as(1, w.k.madviseGuard(mm, AT, PAGE, false))).toBe(0);
    expect(w.table.get(pteAt(mm, AT))).toBeNull();
    expect(w.table.get(pteAt(mm, AT + PAGE))).toEqual(guard);
    expect(w.as(1, w.k.madviseGuard(mm, AT + 2 * PAGE, 2 * PAGE, true))).toBe(-12);
    expect(w.as(1, w.k.madviseGuard(mm, AT + 1, PAGE, true))).toBe(-22);
    expect(w.broken(1)).toEqual([]);
  });

  it("guards are refused in what a driver maps, and are in no kernel before 6.13", () => {
    const w = new World(3, "linux-7.0");
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1, VM.READ, "other");
    expect(w.as(1, w.k.madviseGuard(mm, AT, PAGE, true))).toBe(-22);
    const old = new World(3, "linux-6.6");
    const mm2 = old.mm(1);
    expect(old.as(1, old.k.madviseGuard(mm2, AT, PAGE, true))).toBe(-22);
  });
});

describe("a driver's callbacks", () => {
  const log = (w: World): string[] => w.table.get(word.of("log")) as string[];
  function* note(w: World, what: string): Steps<number> {
    yield* w.k.writeOnce("log", [...log(w), what]);
    return 0;
  }
  /** A context in which `other` is a driver that notes each call, and refuses where it is told to. */
  function withHooks(w: World, refusal: { mprotect?: number; mremap?: number }): Context {
    w.as(0, w.k.writeOnce("log", []));
    const hooks: VmOps = {
      *open() {
        yield* note(w, "open");
        return null;
      },
      *close() {
        yield* note(w, "close");
        return null;
      },
      *mprotect(_k, _vma, flags) {
        yield* note(w, (flags & VM.WRITE) === 0 ? "mprotect R" : "mprotect RW");
        return refusal.mprotect ?? 0;
      },
      *mremap() {
        yield* note(w, "mremap");
        return refusal.mremap ?? 0;
      },
    };
    return { knobs: w.k.knobs, vmOps: new Map([["other", hooks]]) };
  }

  it("mprotect may be vetoed", () => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 2, VM.READ, "other");
    const k = withHooks(w, { mprotect: -1 });
    expect(w.as(1, mprotect(k, mm, AT, PAGE, RW))).toBe(-1);
    expect(areas(w, mm)).toEqual([[0, 2]]);
    expect(log(w)).toEqual(["mprotect RW"]);
  });

  it("both halves of a split are open, and each is closed", () => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 3, VM.READ, "other");
    const k = withHooks(w, {});
    expect(w.as(1, mprotect(k, mm, AT + PAGE, PAGE, RW))).toBe(0);
    expect(w.as(1, munmap(k, mm, AT, 3 * PAGE))).toBe(0);
    expect(log(w)).toEqual(["mprotect RW", "open", "open", "close", "close", "close"]);
    expect(w.broken(1)).toEqual([]);
  });

  it.each([
    [0, AT + 8 * PAGE, ["open", "mremap", "close"], [8, 9]],
    [-14, -14, ["open", "mremap", "close"], [0, 1]],
  ])("mremap is told, and moves everything back when the driver returns %i", (refusal, result, calls, place) => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1, VM.READ, "other");
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.vmInsertPage(mm, vma, AT, page(w), null));
    w.as(1, w.k.mmapReadUnlock(mm));
    const k = withHooks(w, { mremap: refusal });
    const remap = { start: AT, oldLength: PAGE, newLength: PAGE, to: AT + 8 * PAGE, dontUnmap: false };
    expect(w.as(1, mremap(k, mm, remap))).toBe(result);
    expect(areas(w, mm)).toEqual([place]);
    expect(filled(w, mm, AT + place[0]! * PAGE)).toBe(true);
    expect(log(w)).toEqual(calls);
    expect(w.broken(1)).toEqual([]);
  });

  it("P20 what MADV_DOFORK has undone is inherited by fork", () => {
    for (const [profile, areasOfChild] of [
      ["linux-6.1", 1],
      ["linux-7.0", 0],
    ] as const) {
      const w = new World(3, profile);
      const mm = w.mm(1);
      const alloc = w.as(1, binderOpen(mm, "binder", 1));
      const asked = { start: AT, length: PAGE, flags: VM.READ, ops: "binder", owner: `binder${alloc}` };
      w.as(1, w.k.mmap(mm, asked));
      w.as(1, w.k.madviseFlags(mm, AT, PAGE, "DOFORK"));
      const child = w.as(1, w.k.fork(mm, null, null));
      expect(w.table.get(vmaTree.of(child))).toHaveLength(areasOfChild);
      expect(w.broken(1)).toEqual([]);
    }
  });
});

describe("mlock", () => {
  it("locks and unlocks parts, spares what a driver maps, and tells of gaps", () => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 3);
    expect(w.as(1, w.k.mlock(mm, AT + PAGE, PAGE, true))).toBe(0);
    expect(areas(w, mm)).toHaveLength(3);
    expect(w.table.get(vmaFlags.of(lookup(w, mm, AT + PAGE)!.vma)) & VM.LOCKED).toBe(VM.LOCKED);
    expect(w.as(1, w.k.mlock(mm, AT, 3 * PAGE, false))).toBe(0);
    expect(areas(w, mm)).toEqual([[0, 3]]);
    expect(w.as(1, w.k.mlock(mm, AT, 4 * PAGE, true))).toBe(-12);
    expect(w.as(1, w.k.mlock(mm, AT + 1, PAGE, true))).toBe(-22);
    const driver = mapAt(w, mm, AT + 8 * PAGE, 1, VM.READ, "other");
    expect(w.as(1, w.k.mlock(mm, AT + 8 * PAGE, PAGE, true))).toBe(0);
    expect(w.table.get(vmaFlags.of(driver.vma)) & VM.LOCKED).toBe(0);
    expect(w.broken(1)).toEqual([]);
  });
});

describe("mmap", () => {
  it.each(profileNames)("maps, changes and unmaps without breaking a rule on %s", (profile) => {
    const w = new World(3, profile);
    const mm = w.mm(1);
    mapAt(w, mm, AT, 4);
    w.as(1, w.k.pageFault(mm, AT, true));
    w.as(1, w.k.mprotect(mm, AT + PAGE, PAGE, VM.READ));
    w.as(1, w.k.madviseDontneed(mm, AT, PAGE));
    w.as(1, w.k.mlock(mm, AT, PAGE, true));
    w.as(1, w.k.munmap(mm, AT, 4 * PAGE));
    const early = profile === "linux-6.4.0" ? ["STORE-LOCKED"] : [];
    expect(w.broken(1).filter((rule) => !early.includes(rule))).toEqual([]);
  });

  it("gives up what the hook has mapped when the hook fails", () => {
    const w = new World();
    const mm = w.mm(1);
    const asked = { start: AT, length: PAGE, flags: RW, ops: "mon_bin", owner: "mon0" };
    mapAt(w, mm, AT, 1);
    expect(w.as(1, w.k.mmap(mm, asked))).toBe(-1);
    expect(areas(w, mm)).toEqual([]);
    expect(w.broken(1)).toEqual([]);
  });

  it.each([
    ["within a page", { start: AT + 1, length: PAGE }, -22],
    ["nothing", { start: AT, length: 0 }, -22],
    ["too much", { start: AT, length: 2 ** 47 }, -12],
  ])("refuses %s", (_what, where, error) => {
    const w = new World();
    const mm = w.mm(1);
    expect(w.as(1, w.k.mmap(mm, { ...where, flags: RW, ops: "", owner: "" }))).toBe(error);
  });
});

function storeNew(w: World, mm: number, vma: ReturnType<typeof newVma>): void {
  w.as(1, vmaIterStore(vma));
  w.as(1, w.k.mmapWriteUnlock(mm));
}

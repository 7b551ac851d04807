import { describe, expect, it } from "vitest";
import { removeMigrationPte, tryToMigrateOne } from "../src/events/migrate-steps.ts";
import { movePtes } from "../src/events/mremap-steps.ts";
import { tryToUnmapOne } from "../src/events/swap-steps.ts";
import { pmdpCollapseFlush, zapEmptyPteTable } from "../src/events/retract-steps.ts";
import { freePgdRange } from "../src/events/table-free-steps.ts";
import { setPteAt, tablesInRange, zapPteRange } from "../src/events/pte-steps.ts";
import { vmaIterClear } from "../src/events/vma-steps.ts";
import { type PagePtr, presentPte, pteAt, TABLE_SPAN, VM, type VmaPtr } from "../src/index.ts";
import type { Context, VmOps } from "../src/kernel/context.ts";
import { mremap } from "../src/kernel/mremap.ts";
import { lookup, mapAt, PAGE, RW } from "./mappings.ts";
import { World } from "./world.ts";

const AT = 0x4000_0000;
const TO = 0x5000_0000;
const I_MMAP = "i_mmap0";

type Setting = { mm: number; vma: VmaPtr; page: PagePtr };

/** A shared mapping of inode 0 by task 1, its first page mapped, its second not. */
function setting(w: World): Setting {
  const mm = w.mm(1);
  const file = w.as(1, w.k.doDentryOpen(0, "", ""));
  w.as(1, w.k.mmap(mm, { start: AT, length: 2 * PAGE, flags: RW | VM.SHARED, ops: "", owner: "", file }));
  const vma = lookup(w, mm, AT)!;
  w.as(1, w.k.filemapAddFolio(0, 0, w.as(1, w.k.allocPage())));
  const page = w.as(1, w.k.filemapGetFolio(0, 0))!;
  w.as(1, w.k.mmapReadLock(mm));
  w.as(1, w.k.pteAlloc(mm, AT));
  w.as(1, w.k.pteOffsetMapLock(mm, AT));
  w.as(1, w.k.setPteAt(vma, AT, page, true));
  w.as(1, w.k.pteUnmapUnlock(mm, AT));
  w.as(1, w.k.mmapReadUnlock(mm));
  expect(w.broken(1)).toEqual([]);
  return { mm, vma, page };
}

/** The locks of the table, by the name of its columns. */
const locks = {
  none: () => undefined,
  "mmap R": (w: World, { mm }: Setting) => w.as(1, w.k.mmapReadLock(mm)),
  "mmap W": (w: World, { mm }: Setting) => w.as(1, w.k.mmapWriteLock(mm)),
  "VMA R": (w: World, { mm }: Setting) => w.as(1, w.k.lockVmaUnderRcu(mm, AT)),
  "rmap R": (w: World) => w.as(1, w.k.downRead(I_MMAP)),
  "rmap W": (w: World) => w.as(1, w.k.downWrite(I_MMAP)),
  RCU: (w: World) => w.as(1, w.k.rcuReadLock()),
  "IRQs off": (w: World) => w.as(1, w.k.localIrqDisable()),
} satisfies Record<string, (w: World, s: Setting) => unknown>;
type Lock = keyof typeof locks;
const LOCKS = Object.keys(locks) as Lock[];

/** Takes the lock of the page table, whatever else is held. */
function ptl(w: World, { mm }: Setting): void {
  w.as(1, w.k.pteOffsetMapLock(mm, AT));
}

/**
 * Documentation/mm/process_addrs.rst, page table locking: what each operation wants, `ptl` aside. The act is what is
 * tried; the locks are those under which it may be done.
 */
const operations: Record<
  string,
  { needsPtl: boolean; allowed: Lock[]; rule: string; act: (w: World, s: Setting) => void }
> = {
  traverse: {
    needsPtl: false,
    allowed: ["mmap R", "mmap W", "VMA R", "rmap R", "rmap W", "RCU", "IRQs off"],
    rule: "PGT-FREE",
    act: (w, { mm }) => void w.as(1, tablesInRange(mm, AT, AT + PAGE)),
  },
  "zap a leaf": {
    needsPtl: true,
    allowed: ["mmap R", "mmap W", "VMA R", "rmap R", "rmap W"],
    rule: "PGT-FREE",
    act: (w, { mm }) => void w.as(1, zapPteRange(mm, AT, AT + PAGE)),
  },
  "present to migration": {
    needsPtl: true,
    allowed: ["rmap R", "rmap W"],
    rule: "PTE-LOCK",
    act: (w, { vma, page }) => void w.as(1, tryToMigrateOne(vma, AT, page)),
  },
  "present to swap": {
    needsPtl: true,
    allowed: ["rmap R", "rmap W"],
    rule: "PTE-LOCK",
    act: (w, { mm, page }) => void w.as(1, tryToUnmapOne(mm, AT, page, 0)),
  },
  "install into none": {
    needsPtl: true,
    allowed: ["mmap R", "mmap W", "VMA R"],
    rule: "PTE-INSTALL",
    act(w, { vma, page }) {
      w.as(1, w.k.getPage(page));
      w.as(1, setPteAt(vma, AT + PAGE, page, false));
    },
  },
  "allocate a table": {
    needsPtl: false,
    allowed: ["mmap R", "mmap W", "VMA R"],
    rule: "PTE-INSTALL",
    act: (w, { mm }) => void w.as(1, w.k.pteAlloc(mm, TO)),
  },
};

/** Every set of these locks that can be held together. */
function sets(names: readonly Lock[]): Lock[][] {
  const all = names.reduce<Lock[][]>((found, name) => [...found, ...found.map((set) => [...set, name])], [[]]);
  return all.filter((set) => !["mmap", "rmap"].some((kind) => set.filter((name) => name.startsWith(kind)).length > 1));
}

/** What task 1 breaks by the operation under these locks, taken in the order of the table. */
function under(act: (w: World, s: Setting) => void, set: readonly Lock[], locked: boolean): string[] {
  const w = new World();
  const s = setting(w);
  for (const lock of set) locks[lock](w, s);
  if (locked) ptl(w, s);
  expect(w.broken(1)).toEqual([]);
  act(w, s);
  return w.broken(1);
}

describe.each(Object.entries(operations))("%s", (_name, { needsPtl, allowed, rule, act }) => {
  const withoutEnough = sets(LOCKS.filter((lock) => lock !== "none" && !allowed.includes(lock)));

  it.each(allowed)("may be done under %s", (lock) => {
    expect(under(act, [lock], needsPtl)).toEqual([]);
  });

  it.each(withoutEnough.map((set) => [set.join(", ") || "no lock", set] as const))(
    "may not under %s",
    (_locks, set) => {
      for (const locked of [true, false]) expect(under(act, set, locked)).toContain(rule);
    },
  );

  it.each(allowed)(needsPtl ? "wants the page-table lock under %s too" : "does without the page-table lock", (lock) => {
    expect(under(act, [lock], false)).toEqual(needsPtl ? ["PTE-LOCK"] : []);
  });
});

describe("migration back to present", () => {
  it.each([
    ["rmap R", true, []],
    ["mmap W", true, ["PTE-LOCK"]],
    ["rmap R", false, ["PTE-LOCK"]],
  ] as const)("under %s, page-table lock %s", (lock, locked, broken) => {
    const w = new World();
    const s = setting(w);
    w.as(1, w.k.getPage(s.page));
    w.as(1, w.k.downRead(I_MMAP));
    ptl(w, s);
    w.as(1, tryToMigrateOne(s.vma, AT, s.page));
    w.as(1, w.k.pteUnmapUnlock(s.mm, AT));
    w.as(1, w.k.upRead(I_MMAP));
    locks[lock](w, s);
    if (locked) ptl(w, s);
    w.as(1, removeMigrationPte(s.vma, AT, s.page, s.page));
    expect(presentPte(w.table.get(pteAt(s.mm, AT)))?.write).toBe(true);
    expect(w.broken(1)).toEqual(broken);
  });
});

describe("free tables", () => {
  /** The VMA is detached and zapped; `unlink`: rmap does not know it any more. */
  function detached(w: World, unlink: boolean): Setting {
    const s = setting(w);
    w.as(1, w.k.mmapWriteLock(s.mm));
    w.as(1, w.k.vmaStartWrite(s.vma));
    w.as(1, vmaIterClear(s.mm, AT, AT + 2 * PAGE));
    ptl(w, s);
    w.as(1, zapPteRange(s.mm, AT, AT + 2 * PAGE));
    w.as(1, w.k.pteUnmapUnlock(s.mm, AT));
    w.as(1, w.k.tlbFinishMmu(s.mm));
    if (unlink) w.as(1, w.k.unlinkFileVma(s.vma, 0));
    return s;
  }

  it.each(["mmap W", "mmap R after the downgrade"])("under %s, once rmap has forgotten the VMA", (lock) => {
    const w = new World();
    const { mm, vma } = detached(w, true);
    if (lock !== "mmap W") w.as(1, w.k.mmapWriteDowngrade(mm));
    w.as(1, freePgdRange(mm, AT, AT + 2 * PAGE, [vma]));
    expect(w.broken(1)).toEqual([]);
  });

  it("not while rmap finds the VMA", () => {
    const w = new World();
    const { mm, vma } = detached(w, false);
    w.as(1, freePgdRange(mm, AT, AT + 2 * PAGE, [vma]));
    expect(w.broken(1)).toEqual(["PGT-FREE"]);
  });

  it("not without mmap_lock", () => {
    const w = new World();
    const { mm } = detached(w, true);
    w.as(1, w.k.mmapWriteUnlock(mm));
    w.as(1, freePgdRange(mm, AT, AT + 2 * PAGE, []));
    expect(w.broken(1)).toEqual(["PGT-FREE"]);
  });
});

describe("take a table away while its VMA stays", () => {
  it.each([
    [true, true, true, []],
    [false, true, true, ["PGT-FREE"]],
    [true, false, true, ["PGT-FREE"]],
    [true, true, false, ["PGT-FREE"]],
  ])("i_mmap %s, PMD lock %s, empty %s", (rmap, pmd, empty, broken) => {
    const w = new World();
    const s = setting(w);
    if (empty) w.as(1, w.k.unmapMappingPages(0, 0, 2));
    if (rmap) w.as(1, w.k.downRead(I_MMAP));
    if (pmd) w.as(1, w.k.spinLock(`page_table_lock${s.mm}`));
    expect(w.as(1, pmdpCollapseFlush(s.mm, AT))).toBe(true);
    expect(w.as(1, pmdpCollapseFlush(s.mm, AT))).toBe(false);
    expect(w.broken(1)).toEqual(broken);
  });

  it("with the zap that emptied it, under its lock, if the PMD's is free", () => {
    const w = new World();
    const s = setting(w);
    w.as(1, w.k.mmapReadLock(s.mm));
    ptl(w, s);
    expect(w.as(1, zapEmptyPteTable(s.mm, AT))).toBe(false);
    w.as(1, zapPteRange(s.mm, AT, AT + TABLE_SPAN));
    w.as(2, w.k.spinLock(`page_table_lock${s.mm}`));
    expect(w.as(1, zapEmptyPteTable(s.mm, AT))).toBe(false);
    w.as(2, w.k.spinUnlock(`page_table_lock${s.mm}`));
    expect(w.as(1, zapEmptyPteTable(s.mm, AT))).toBe(true);
    w.as(1, w.k.pteUnmapUnlock(s.mm, AT));
    expect(w.as(1, w.k.pteOffsetMapLock(s.mm, AT))).toBe(false);
    expect(w.broken(1)).toEqual([]);
    w.as(1, w.k.pteAlloc(s.mm, AT));
    expect(w.as(1, w.k.pteOffsetMapLock(s.mm, AT))).toBe(true);
  });
});

describe("a page table's lock is to be had while there is a page table", () => {
  it("not before one was allocated, nor where none was, nor after munmap has freed it", () => {
    const w = new World();
    const mm = w.mm(1);
    for (const start of [AT, TO]) mapAt(w, mm, start, 1);
    const there = (at: number): boolean => {
      const locked = w.as(1, w.k.pteOffsetMapLock(mm, at));
      if (locked) w.as(1, w.k.pteUnmapUnlock(mm, at));
      return locked;
    };
    expect([there(AT), there(TO)]).toEqual([false, false]);
    w.as(1, w.k.pageFault(mm, AT, true));
    expect([there(AT), there(TO)]).toEqual([true, false]);
    w.as(1, w.k.munmap(mm, AT, PAGE));
    expect([there(AT), there(TO)]).toEqual([false, false]);
    expect(w.broken(1)).toEqual([]);
  });
});

describe("move tables", () => {
  it.each([
    ["write", true, true, true, []],
    ["read", false, true, true, ["VW-NEEDS-MMW", "PTE-LOCK"]],
    ["write", false, true, true, ["PTE-LOCK"]],
    ["write", true, false, true, ["PTE-LOCK"]],
    ["write", true, true, false, ["PTE-LOCK"]],
  ])("mmap_lock for %s, VMA write lock %s, old lock %s, new lock %s", (mode, vw, old, next, broken) => {
    const w = new World();
    const { mm, vma } = setting(w);
    w.as(1, mode === "write" ? w.k.mmapWriteLock(mm) : w.k.mmapReadLock(mm));
    if (vw) w.as(1, w.k.vmaStartWrite(vma));
    w.as(1, w.k.pteAlloc(mm, TO));
    if (old) w.as(1, w.k.pteOffsetMapLock(mm, AT));
    if (next) w.as(1, w.k.pteOffsetMapLock(mm, TO));
    w.as(1, movePtes(mm, AT, TO, PAGE));
    expect(w.broken(1).sort()).toEqual([...broken].sort());
  });

  it.each([
    ["forwards", false, []],
    ["backwards", false, ["PTE-LOCK"]],
    ["backwards", true, []],
  ] as const)("%s in the order of rmap walks, i_mmap held for writing %s", (way, rmap, broken) => {
    const w = new World();
    const { mm } = setting(w);
    const file = w.as(1, w.k.doDentryOpen(0, "", ""));
    w.as(1, w.k.mmap(mm, { start: TO, length: PAGE, flags: RW | VM.SHARED, ops: "", owner: "", file }));
    const [from, to] = way === "forwards" ? [AT, TO] : [TO, AT];
    const vma = lookup(w, mm, from)!;
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, w.k.vmaStartWrite(vma));
    w.as(1, w.k.pteAlloc(mm, TO));
    if (rmap) w.as(1, w.k.downWrite(I_MMAP));
    w.as(1, w.k.pteOffsetMapLock(mm, AT));
    w.as(1, w.k.pteOffsetMapLock(mm, TO));
    w.as(1, movePtes(mm, from, to, PAGE));
    expect(w.broken(1)).toEqual(broken);
  });

  it.each(["linux-5.4", "linux-6.12"])(
    "mremap that a driver refuses moves them back under the rmap locks: %s",
    (profile) => {
      const w = new World(3, profile);
      const mm = w.mm(1);
      const file = w.as(1, w.k.doDentryOpen(0, "refuses", "r0"));
      const refuses: VmOps = {
        *mremap() {
          yield* w.k.readOnce("x");
          return -14;
        },
      };
      const k: Context = { knobs: w.k.knobs, vmOps: new Map([["refuses", refuses]]) };
      const start = 4 * TABLE_SPAN;
      w.as(1, w.k.mmap(mm, { start, length: TABLE_SPAN, flags: RW, ops: "refuses", owner: "r0", file }));
      w.as(1, w.k.mmapReadLock(mm));
      w.as(1, w.k.anonVmaPrepare(w.as(1, w.k.vmaLookup(mm, start))!));
      w.as(1, w.k.pteAlloc(mm, start));
      w.as(1, w.k.mmapReadUnlock(mm));
      const remap = { start, oldLength: TABLE_SPAN, newLength: TABLE_SPAN, to: 8 * TABLE_SPAN, dontUnmap: false };
      expect(w.as(1, mremap(k, mm, remap))).toBe(-14);
      expect(lookup(w, mm, start)).not.toBeNull();
      expect(w.broken(1)).toEqual([]);
    },
  );

  it("mremap does it", () => {
    const w = new World();
    const { mm } = setting(w);
    const moved = w.as(1, w.k.mremap(mm, { start: AT, oldLength: PAGE, newLength: PAGE, to: TO, dontUnmap: false }));
    expect(moved).toBe(TO);
    expect(presentPte(w.table.get(pteAt(mm, TO)))).not.toBeNull();
    expect(w.broken(1)).toEqual([]);
  });
});

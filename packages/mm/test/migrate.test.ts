import { describe, expect, it } from "vitest";
import { folioMapping } from "../src/events/migrate-steps.ts";
import { pmdSame, pteLockFound, pteOffsetMap, pteUnmapUnlockFound } from "../src/events/table-walk-steps.ts";
import {
  pageCache,
  pageMapping,
  type PagePtr,
  pageSlot,
  presentPte,
  pteAt,
  TABLE_SPAN,
  VM,
  type VmaPtr,
} from "../src/index.ts";
import { lookup, mapAt, PAGE, RW } from "./mappings.ts";
import { World } from "./world.ts";

const AT = 0x4000_0000;

function faulted(w: World): { mm: number; vma: VmaPtr; page: PagePtr } {
  const mm = w.mm(1);
  const vma = mapAt(w, mm, AT, 1);
  w.as(1, w.k.pageFault(mm, AT, true));
  const { page, gen } = presentPte(w.table.get(pteAt(mm, AT)))!;
  return { mm, vma, page: { page, gen } };
}

describe("migrate_pages", () => {
  it("moves an anonymous page and keeps the right to write", () => {
    for (const profile of ["linux-5.4", "linux-6.12"]) {
      const w = new World(3, profile);
      const { mm, page } = faulted(w);
      w.as(1, w.k.userAccess(mm, AT, true));
      const copy = w.as(2, w.k.migratePages(page))!;
      expect(presentPte(w.table.get(pteAt(mm, AT)))).toEqual({ ...copy, write: true });
      expect(w.table.get(pageSlot.of(page.page)).state).toBe("free");
      expect(w.table.get(pageMapping.of(copy.page))).not.toBeNull();
      expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
    }
  });

  it("moves a page of the cache", () => {
    const w = new World();
    const page = w.as(1, w.k.allocPage());
    w.as(1, w.k.filemapAddFolio(0, 3, page));
    const copy = w.as(2, w.k.migratePages(page))!;
    expect(w.table.get(pageCache.of(0, 3))).toEqual(copy);
    expect(w.table.get(pageSlot.of(copy.page)).refs).toEqual({ cache0: 1 });
    expect(w.broken(2)).toEqual([]);
  });

  it("leaves a page that somebody else holds, mapped as it was", () => {
    const w = new World();
    const { mm, page } = faulted(w);
    w.as(1, w.k.getPage(page));
    expect(w.as(2, w.k.migratePages(page))).toBeNull();
    expect(presentPte(w.table.get(pteAt(mm, AT)))).toEqual({ ...page, write: true });
    w.as(1, w.k.putPage(page));
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("migrates what a fork shares, in both address spaces", () => {
    const w = new World();
    const { mm, page } = faulted(w);
    const child = w.as(1, w.k.fork(mm, null, null));
    const copy = w.as(2, w.k.migratePages(page))!;
    for (const each of [mm, child]) {
      expect(presentPte(w.table.get(pteAt(each, AT)))).toEqual({ ...copy, write: false });
    }
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("finds nothing to do for a page that rmap does not know", () => {
    const w = new World();
    const page = w.as(1, w.k.allocPage());
    expect(w.as(1, folioMapping(page))).toBeNull();
    expect(w.as(1, w.k.folioReferenced(page))).toBe(0);
  });

  it("counts the places that map a page", () => {
    const w = new World();
    const { mm, page } = faulted(w);
    w.as(1, w.k.fork(mm, null, null));
    expect(w.as(2, w.k.folioReferenced(page))).toBe(2);
    expect(w.broken(2)).toEqual([]);
  });
});

/** A mapping of a whole page table's worth of inode 0, with its table, nothing mapped. */
function wholeTable(w: World, flags: number = RW): { mm: number; vma: VmaPtr } {
  const mm = w.mm(1);
  const file = w.as(1, w.k.doDentryOpen(0, "", ""));
  w.as(1, w.k.mmap(mm, { start: AT, length: TABLE_SPAN, flags, ops: "", owner: "", file }));
  const vma = lookup(w, mm, AT)!;
  w.as(1, w.k.mmapReadLock(mm));
  w.as(1, w.k.pteAlloc(mm, AT));
  w.as(1, w.k.mmapReadUnlock(mm));
  return { mm, vma };
}

describe("retract_page_tables", () => {
  it.each(["linux-5.4", "linux-6.1", "linux-6.12"])("takes an empty table away: %s", (profile) => {
    const w = new World(3, profile);
    const { mm } = wholeTable(w);
    w.as(2, w.k.retractPageTables(0, 0));
    expect(w.as(1, w.k.pteOffsetMapLock(mm, AT))).toBe(false);
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
    w.as(1, w.k.munmap(mm, AT, TABLE_SPAN));
    expect(w.broken(1)).toEqual([]);
  });

  it.each(["linux-5.4", "linux-6.1", "linux-6.12"])(
    "spares a VMA with an anon_vma, or with part of it: %s",
    (profile) => {
      const w = new World(3, profile);
      const { mm, vma } = wholeTable(w);
      w.as(1, w.k.mmapReadLock(mm));
      w.as(1, w.k.anonVmaPrepare(vma));
      w.as(1, w.k.mmapReadUnlock(mm));
      w.as(2, w.k.retractPageTables(0, 0));
      w.as(2, w.k.retractPageTables(0, 1));
      expect(w.as(1, w.k.pteOffsetMapLock(mm, AT))).toBe(true);
      expect(w.broken(2)).toEqual([]);
    },
  );

  it("does not wait for mmap_lock", () => {
    const w = new World(3, "linux-6.1");
    const { mm } = wholeTable(w);
    w.as(1, w.k.mmapReadLock(mm));
    w.as(2, w.k.retractPageTables(0, 0));
    expect(w.as(1, w.k.pteOffsetMapLock(mm, AT))).toBe(true);
  });

  it("a fault that finds the table gone makes another", () => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 512);
    w.as(1, w.k.pageFault(mm, AT, true));
    expect(w.as(1, w.k.madviseDontneed(mm, AT, TABLE_SPAN))).toBe(0);
    w.as(1, w.k.pageFault(mm, AT, true));
    expect(presentPte(w.table.get(pteAt(mm, AT)))).not.toBeNull();
    expect(w.broken(1)).toEqual([]);
  });

  it("MADV_DONTNEED of all that a table maps frees it, where the kernel does that", () => {
    for (const [profile, there] of [
      ["linux-6.12", true],
      ["linux-6.14", false],
    ] as const) {
      const w = new World(3, profile);
      const mm = w.mm(1);
      mapAt(w, mm, AT, 512);
      w.as(1, w.k.pageFault(mm, AT, true));
      w.as(1, w.k.madviseDontneed(mm, AT, TABLE_SPAN));
      expect(w.as(1, w.k.pteOffsetMapLock(mm, AT))).toBe(there);
      expect(w.broken(1)).toEqual([]);
    }
  });
});

describe("PGT-FREE: a walker meets a table that is taken away", () => {
  it("outside RCU: it takes the lock of freed memory", () => {
    const w = new World();
    const { mm } = wholeTable(w);
    w.as(1, w.k.mmapReadLock(mm));
    expect(w.as(1, pteOffsetMap(mm, AT, false))).toBe(true);
    w.as(2, w.k.retractPageTables(0, 0));
    expect(w.broken(2)).toEqual(["PGT-FREE"]);
    w.as(1, pteLockFound(mm, AT));
    expect(w.broken(1)).toEqual(["PGT-FREE"]);
  });

  it("within RCU: it looks again and leaves", () => {
    const w = new World();
    const { mm } = wholeTable(w);
    w.as(1, w.k.mmapReadLock(mm));
    expect(w.as(1, pteOffsetMap(mm, AT, true))).toBe(true);
    w.as(2, w.k.retractPageTables(0, 0));
    w.as(1, pteLockFound(mm, AT));
    expect(w.as(1, pmdSame())).toBe(false);
    w.as(1, pteUnmapUnlockFound(mm, AT));
    expect(w.as(1, pteOffsetMap(mm, AT, true))).toBe(false);
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("a private mapping of a file without anon_vma is retracted too", () => {
    const w = new World();
    const { mm } = wholeTable(w, RW | VM.SHARED);
    w.as(2, w.k.retractPageTables(0, 0));
    expect(w.as(1, w.k.pteOffsetMapLock(mm, AT + PAGE))).toBe(false);
  });
});

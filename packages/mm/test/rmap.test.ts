import { describe, expect, it } from "vitest";
import { anonVmaForeach, anonVmaPrepare, unlinkAnonVmas } from "../src/events/anon-vma-steps.ts";
import { vmaGetFile, vmaSetFile } from "../src/events/file-steps.ts";
import { vmaIntervalTreeForeach, vmaIntervalTreeInsert, vmaIntervalTreeRemove } from "../src/events/i-mmap-steps.ts";
import { anonVmaChain, anonVmaSlab } from "../src/objects/anon-vma.ts";
import {
  anonVma,
  file,
  iMmap,
  pageCache,
  pageMapping,
  pageSlot,
  presentPte,
  pte,
  pteAt,
  VM,
  vmaAnonVma,
  vmaName,
  type VmaPtr,
} from "../src/index.ts";
import { lookup, mapAt, newVma, page, PAGE, RW } from "./mappings.ts";
import { World } from "./world.ts";

const AT = 0x4000_0000;
const TO = 0x5000_0000;

/** Task 1's mapping of `pages` pages of inode 0, from page `pgoff` on. */
function mapFile(w: World, mm: number, start: number, pages: number, slot: number, pgoff = 0): VmaPtr {
  const flags = RW | VM.SHARED;
  w.as(1, w.k.mmap(mm, { start, length: pages * PAGE, flags, ops: "", owner: "", file: slot, pgoff }));
  return lookup(w, mm, start)!;
}

/** Maps the page of the cache with this index where the VMA has it. */
function mapCached(w: World, mm: number, vma: VmaPtr, address: number, index: number): void {
  if (w.table.get(pageCache.of(0, index)) === null) w.as(1, w.k.filemapAddFolio(0, index, page(w)));
  const cached = w.as(1, w.k.filemapGetFolio(0, index))!;
  w.as(1, w.k.mmapReadLock(mm));
  w.as(1, w.k.pteAlloc(mm, address));
  w.as(1, w.k.pteOffsetMapLock(mm, address));
  w.as(1, w.k.setPteAt(vma, address, cached, true));
  w.as(1, w.k.pteUnmapUnlock(mm, address));
  w.as(1, w.k.mmapReadUnlock(mm));
}

const names = (list: readonly VmaPtr[]): string[] => list.map(vmaName);

describe("files", () => {
  it("live until descriptor and mappings are gone", () => {
    const w = new World();
    const mm = w.mm(1);
    const slot = w.as(1, w.k.doDentryOpen(0, "", ""));
    mapFile(w, mm, AT, 2, slot);
    w.as(1, w.k.filpClose(slot));
    expect(w.table.get(file.of(slot)).state).toBe("open");
    w.as(1, w.k.munmap(mm, AT, 2 * PAGE));
    expect(w.table.get(file.of(slot))).toMatchObject({ state: "released", refs: {} });
    expect(w.broken(1)).toEqual([]);
  });

  it("are held by each part of a split mapping, each copy, and each moved one", () => {
    const w = new World();
    const mm = w.mm(1);
    const slot = w.as(1, w.k.doDentryOpen(0, "", ""));
    const first = mapFile(w, mm, AT, 3, slot);
    w.as(1, w.k.munmap(mm, AT + PAGE, PAGE));
    const upper = lookup(w, mm, AT + 2 * PAGE)!;
    expect(names(w.table.get(iMmap.of(0)))).toEqual(names([first, upper]));
    const moved = w.as(1, w.k.mremap(mm, { start: AT, oldLength: PAGE, newLength: PAGE, to: TO, dontUnmap: false }));
    expect(moved).toBe(TO);
    const child = w.as(1, w.k.fork(mm, null, null));
    expect(w.table.get(iMmap.of(0))).toHaveLength(4);
    expect(Object.keys(w.table.get(file.of(slot)).refs)).toHaveLength(5);
    w.as(1, w.k.filpClose(slot));
    w.as(1, w.k.exitProcess(child));
    w.as(1, w.k.munmap(mm, AT, 3 * PAGE));
    expect(w.table.get(file.of(slot)).state).toBe("open");
    w.as(1, w.k.munmap(mm, TO, PAGE));
    expect(w.table.get(file.of(slot)).state).toBe("released");
    expect(w.table.get(iMmap.of(0))).toEqual([]);
    expect(w.broken(1)).toEqual([]);
  });

  it("a fork's VMA stands behind its parent's in i_mmap", () => {
    const w = new World();
    const mm = w.mm(1);
    const slot = w.as(1, w.k.doDentryOpen(0, "", ""));
    const a = mapFile(w, mm, AT, 1, slot);
    const b = mapFile(w, mm, TO, 1, slot);
    w.as(1, w.k.fork(mm, null, null));
    const list = names(w.table.get(iMmap.of(0)));
    expect([list[0], list[2]]).toEqual(names([a, b]));
  });
});

describe("FILE-REF", () => {
  it("a reference is put that nobody holds", () => {
    const w = new World();
    const slot = w.as(1, w.k.doDentryOpen(0, "", ""));
    w.as(1, w.k.fput(slot, "vma7"));
    expect(w.broken(1)).toEqual(["FILE-REF"]);
  });

  it("a file is used after its release", () => {
    const w = new World();
    const slot = w.as(1, w.k.doDentryOpen(0, "", ""));
    const vma = newVma(w, w.mm(1), RW, "");
    w.as(1, w.k.filpClose(slot));
    w.as(1, vmaSetFile(vma, slot));
    expect(w.broken(1)).toEqual(["FILE-REF"]);
  });

  it("vm_file is set while the VMA is in use", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    const slot = w.as(1, w.k.doDentryOpen(0, "", ""));
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, vmaSetFile(vma, slot));
    expect(w.broken(1)).toEqual(["FILE-REF"]);
  });

  it("a reference taken and put again", () => {
    const w = new World();
    const slot = w.as(1, w.k.doDentryOpen(0, "", ""));
    const vma = newVma(w, w.mm(1), RW, "");
    w.as(1, vmaGetFile(vma, slot));
    w.as(1, w.k.fput(slot, `vma${vma.vma}`));
    w.as(1, w.k.fput(slot, "fd"));
    expect(w.broken(1)).toEqual([]);
  });
});

describe("i_mmap", () => {
  it("is walked under its lock and changed under it for writing", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapFile(w, mm, AT, 1, w.as(1, w.k.doDentryOpen(0, "", "")));
    w.as(2, vmaIntervalTreeForeach(0, 0, 1));
    expect(w.broken(2)).toEqual(["FIELD-READ", "VMA-LIVE"]);
    w.as(1, w.k.downRead("i_mmap0"));
    expect(w.as(1, w.k.vmaIntervalTreeForeach(0, 0, 1))).toHaveLength(1);
    expect(w.broken(1)).toEqual([]);
    w.as(1, vmaIntervalTreeRemove(vma));
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, vmaIntervalTreeInsert(vma, null));
    expect(w.broken(1)).toContain("FIELD-WRITE");
  });

  it("keeps a VMA that its unmapper has detached and not unlinked yet", () => {
    const w = new World(3, "linux-6.12");
    const mm = w.mm(1);
    const vma = mapFile(w, mm, AT, 1, w.as(1, w.k.doDentryOpen(0, "", "")));
    w.as(2, w.k.downRead("i_mmap0"));
    w.as(2, w.k.readVmFlags(vma));
    expect(w.broken(2)).toEqual([]);
    w.as(2, w.k.upRead("i_mmap0"));
    w.as(2, w.k.downRead("i_mmap1"));
    w.as(2, w.k.readVmFlags(vma));
    expect(w.broken(2)).toEqual(["VMA-LIVE"]);
  });

  it("finds the VMAs that map a part of the file, and where", () => {
    const w = new World();
    const mm = w.mm(1);
    const slot = w.as(1, w.k.doDentryOpen(0, "", ""));
    mapFile(w, mm, AT, 4, slot, 2);
    w.as(1, w.k.downRead("i_mmap0"));
    const at = (first: number, count: number): number[][] =>
      w.as(1, vmaIntervalTreeForeach(0, first, count)).map(({ start, end }) => [start, end]);
    expect(at(0, 2)).toEqual([]);
    expect(at(0, 3)).toEqual([[AT, AT + PAGE]]);
    expect(at(3, 1)).toEqual([[AT + PAGE, AT + 2 * PAGE]]);
    expect(at(5, 9)).toEqual([[AT + 3 * PAGE, AT + 4 * PAGE]]);
  });
});

describe("unmap_mapping_pages", () => {
  it("unmaps everywhere: parts, moved ones, other processes", () => {
    const w = new World();
    const mm = w.mm(1);
    const slot = w.as(1, w.k.doDentryOpen(0, "", ""));
    const vma = mapFile(w, mm, AT, 2, slot);
    mapCached(w, mm, vma, AT, 0);
    mapCached(w, mm, vma, AT + PAGE, 1);
    w.as(1, w.k.mremap(mm, { start: AT, oldLength: PAGE, newLength: PAGE, to: TO, dontUnmap: false }));
    const other = mapFile(w, mm, AT + 0x100_0000, 1, slot, 1);
    mapCached(w, mm, other, AT + 0x100_0000, 1);
    w.as(2, w.k.unmapMappingPages(0, 0, 1));
    expect(w.table.get(pteAt(mm, TO))).toBeNull();
    expect(w.table.get(pteAt(mm, AT + PAGE))).not.toBeNull();
    w.as(2, w.k.unmapMappingPages(0, 1, 1));
    expect(
      w.table
        .snapshot()
        .entries()
        .filter(([ref]) => ref.kind === (pte as never)),
    ).toEqual([]);
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("truncation frees the page once nobody maps it", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapFile(w, mm, AT, 1, w.as(1, w.k.doDentryOpen(0, "", "")));
    mapCached(w, mm, vma, AT, 0);
    const cached = w.table.get(pageCache.of(0, 0))!;
    expect(w.as(2, w.k.truncateInodeFolio(0, 0))).toBe(true);
    expect(w.as(2, w.k.truncateInodeFolio(0, 0))).toBe(false);
    expect(w.table.get(pageSlot.of(cached.page)).state).toBe("free");
    expect(w.table.get(pteAt(mm, AT))).toBeNull();
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("the cache takes one page per index", () => {
    const w = new World();
    expect(w.as(1, w.k.filemapAddFolio(0, 0, page(w)))).toBe(true);
    expect(w.as(1, w.k.filemapAddFolio(0, 0, page(w)))).toBe(false);
    expect(w.as(1, w.k.filemapGetFolio(0, 1))).toBeNull();
    expect(w.as(1, w.k.filemapRemoveFolio(0, 1))).toBeNull();
  });
});

describe("anon_vma", () => {
  it("comes with the first anonymous fault, and leads from the page to its VMA", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 2);
    expect(w.table.get(vmaAnonVma.of(vma.vma))).toBeNull();
    w.as(1, w.k.pageFault(mm, AT + PAGE, true));
    const slot = w.table.get(vmaAnonVma.of(vma.vma))!;
    const { page: mapped } = presentPte(w.table.get(pteAt(mm, AT + PAGE)))!;
    expect(w.table.get(pageMapping.of(mapped))).toEqual({ anonVma: slot, index: AT / PAGE + 1 });
    w.as(1, w.k.downRead(`anon_vma${slot}`));
    expect(w.as(1, anonVmaForeach(slot, AT / PAGE + 1))).toMatchObject([
      { vma: vma.vma, start: AT + PAGE, end: AT + 2 * PAGE },
    ]);
    expect(w.broken(1)).toEqual([]);
  });

  it("is a child's own, under its parent's root, and the parent's too", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    w.as(1, w.k.pageFault(mm, AT, true));
    const parents = w.table.get(vmaAnonVma.of(vma.vma))!;
    const child = w.as(1, w.k.fork(mm, null, null));
    const { vmas, users, root } = w.table.get(anonVma.of(parents));
    expect([vmas.length, users, root]).toEqual([2, 1, parents]);
    const copy = vmas[1]!;
    const own = w.table.get(vmaAnonVma.of(copy.vma))!;
    expect(own).not.toBe(parents);
    expect(w.table.get(anonVma.of(own))).toMatchObject({ root: parents, users: 1 });
    w.as(1, w.k.exitProcess(child));
    expect(w.table.get(anonVma.of(parents)).vmas).toHaveLength(1);
    expect(w.table.get(anonVmaSlab).free).toEqual([own]);
    expect(w.broken(1)).toEqual([]);
  });

  it("is shared by the parts of a split VMA and followed by a moved one", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 3);
    w.as(1, w.k.pageFault(mm, AT, true));
    const slot = w.table.get(vmaAnonVma.of(vma.vma))!;
    w.as(1, w.k.munmap(mm, AT + PAGE, PAGE));
    expect(w.table.get(anonVma.of(slot)).vmas).toHaveLength(2);
    w.as(1, w.k.mremap(mm, { start: AT, oldLength: PAGE, newLength: PAGE, to: TO, dontUnmap: false }));
    expect(w.table.get(vmaAnonVma.of(lookup(w, mm, TO)!.vma))).toBe(slot);
    w.as(1, w.k.munmap(mm, AT, 3 * PAGE));
    w.as(1, w.k.munmap(mm, TO, PAGE));
    expect(w.table.get(anonVma.of(slot)).vmas).toEqual([]);
    expect(w.broken(1)).toEqual([]);
  });

  it("is set under mmap_lock, unlinked and walked under its root's lock", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1);
    w.as(1, w.k.lockVmaUnderRcu(mm, AT));
    w.as(1, anonVmaPrepare(vma));
    expect(w.broken(1)).toEqual(["FIELD-WRITE"]);
    const slot = w.table.get(vmaAnonVma.of(vma.vma))!;
    w.as(1, anonVmaForeach(slot, 0));
    expect(w.broken(1)).toContain("FIELD-READ");
    w.as(1, unlinkAnonVmas(vma));
    expect(w.table.get(anonVmaChain.of(vma.vma))).toEqual([]);
  });

  it("goes with exit, and nothing is left", () => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1);
    w.as(1, w.k.pageFault(mm, AT, true));
    w.as(1, w.k.exitProcess(mm));
    expect(w.table.get(anonVmaSlab).free).toHaveLength(1);
    expect(w.broken(1)).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { ERRNO, pteAt, VM, vmaFlags, vmaSlot, vmaTree } from "../src/index.ts";
import { vmaUffd } from "../src/objects/uffd.ts";
import { AT, mapAt, PAGE, RW } from "./mappings.ts";
import { World } from "./world.ts";

const areas = (w: World, mm: number) => w.table.get(vmaTree.of(mm)).map(({ start, end }) => [start, end]);

describe.each(["linux-5.4", "linux-6.1", "linux-6.6", "linux-6.12", "linux-7.0"])("mmap over mappings, %s", (name) => {
  it("takes the place of what was there, whole or in part", () => {
    const w = new World(3, name);
    const mm = w.mm(1);
    mapAt(w, mm, AT, 2);
    mapAt(w, mm, AT + 2 * PAGE, 2, VM.READ);
    w.as(1, w.k.pageFault(mm, AT + PAGE, true));
    w.as(1, w.k.pageFault(mm, AT, true));
    mapAt(w, mm, AT + PAGE, 2, RW | VM.EXEC);
    expect(areas(w, mm)).toEqual([
      [AT, AT + PAGE],
      [AT + PAGE, AT + 3 * PAGE],
      [AT + 3 * PAGE, AT + 4 * PAGE],
    ]);
    expect(w.table.get(pteAt(mm, AT))).not.toBeNull();
    expect(w.table.get(pteAt(mm, AT + PAGE))).toBeNull();
    for (const { vma } of w.table.get(vmaTree.of(mm))) expect(w.table.get(vmaSlot.of(vma)).state).toBe("attached");
    expect(w.broken(1)).toEqual([]);
  });

  it("is swallowed by a neighbour that is like it", () => {
    const w = new World(3, name);
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1);
    mapAt(w, mm, AT + PAGE, 1, VM.READ);
    w.as(1, w.k.mmap(mm, { start: AT + PAGE, length: PAGE, flags: RW, ops: "", owner: "" }));
    expect(areas(w, mm)).toEqual([[AT, AT + 2 * PAGE]]);
    expect(w.as(1, w.k.munmap(mm, AT, 2 * PAGE))).toBe(0);
    expect(w.broken(1)).toEqual([]);
  });

  it("merges mappings of a file whose offsets go on, and no others", () => {
    const w = new World(3, name);
    const mm = w.mm(1);
    const file = w.as(1, w.k.doDentryOpen(0, "", ""));
    const map = (page: number, pgoff: number, flags: number = VM.READ) =>
      w.as(1, w.k.mmap(mm, { start: AT + page * PAGE, length: PAGE, flags, ops: "", owner: "", file, pgoff }));
    map(0, 0);
    map(1, 1);
    map(2, 7);
    map(3, 8, RW);
    map(5, 1);
    map(4, 0);
    expect(areas(w, mm)).toEqual([
      [AT, AT + 2 * PAGE],
      [AT + 2 * PAGE, AT + 3 * PAGE],
      [AT + 3 * PAGE, AT + 4 * PAGE],
      [AT + 4 * PAGE, AT + 6 * PAGE],
    ]);
    expect(w.broken(1)).toEqual([]);
    w.as(1, w.k.exitProcess(mm));
    w.as(1, w.k.filpClose(file));
    expect(w.broken(1)).toEqual([]);
  });
});

describe("userfaultfd", () => {
  it("splits areas at the edges of its range, and joins what is alike again", () => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 4);
    const register = (page: number) => w.as(1, w.k.userfaultfdRegister(mm, AT + page * PAGE, PAGE, 3, "missing"));
    expect(register(1)).toBe(0);
    expect(areas(w, mm)).toHaveLength(3);
    expect(register(2)).toBe(0);
    expect(areas(w, mm)).toEqual([
      [AT, AT + PAGE],
      [AT + PAGE, AT + 3 * PAGE],
      [AT + 3 * PAGE, AT + 4 * PAGE],
    ]);
    expect(w.as(1, w.k.munmap(mm, AT + 2 * PAGE, PAGE))).toBe(0);
    const { vma, gen } = w.table.get(vmaTree.of(mm))[1]!;
    expect(w.table.get(vmaUffd.of(vma))).toEqual({ gen, ctx: 3, mode: "missing" });
    expect(w.as(1, w.k.userfaultfdUnregister(mm, AT, 4 * PAGE))).toBe(0);
    expect(areas(w, mm)[0]).toEqual([AT, AT + 2 * PAGE]);
    expect(w.table.get(vmaFlags.of(vma)) & VM.UFFD_MISSING).toBe(0);
    expect(w.broken(1)).toEqual([]);
  });

  it("keeps the context of a piece that is split off, and a child does not inherit it", () => {
    const w = new World();
    const mm = w.mm(1);
    mapAt(w, mm, AT, 2);
    w.as(1, w.k.userfaultfdRegister(mm, AT, 2 * PAGE, 3, "missing"));
    w.as(1, w.k.mprotect(mm, AT + PAGE, PAGE, VM.READ));
    for (const { vma, gen } of w.table.get(vmaTree.of(mm))) expect(w.table.get(vmaUffd.of(vma))).toMatchObject({ gen });
    const child = w.as(1, w.k.fork(mm, null, null));
    for (const { vma, gen } of w.table.get(vmaTree.of(child))) {
      expect(w.table.get(vmaUffd.of(vma))?.gen).not.toBe(gen);
      expect(w.table.get(vmaFlags.of(vma)) & VM.UFFD_MISSING).toBe(0);
    }
    expect(w.broken(1)).toEqual([]);
  });
});

describe("a core dump", () => {
  it.each(["linux-5.0", "linux-5.4", "linux-6.1", "linux-7.0"])("of %s leaves nothing behind", (name) => {
    const w = new World(3, name);
    const mm = w.mm(1);
    const file = w.as(1, w.k.doDentryOpen(0, "", ""));
    mapAt(w, mm, AT, 1);
    w.as(1, w.k.mmap(mm, { start: AT + 2 * PAGE, length: PAGE, flags: RW, ops: "", owner: "", file }));
    w.as(1, w.k.doCoredump(mm));
    expect(w.as(1, w.k.mmgetStillValid(mm))).toBe(true);
    expect(w.broken(1)).toEqual([]);
  });

  it("tells those who come by mmget to go away, and its own process nothing", () => {
    const w = new World(3, "linux-5.4");
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1);
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, w.k.zapThreads(mm, true));
    w.as(1, w.k.mmapWriteUnlock(mm));
    expect(w.as(1, w.k.mmgetStillValid(mm))).toBe(true);
    expect(w.as(2, w.k.userfaultfdRegister(mm, AT, PAGE, 0, "missing"))).toBe(ERRNO.ENOMEM);
    w.as(1, w.k.coredumpFinish(mm));
    expect(w.as(2, w.k.userfaultfdRegister(mm, AT, PAGE, 0, "missing"))).toBe(0);
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });
});

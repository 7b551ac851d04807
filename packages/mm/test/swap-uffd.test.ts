import { describe, expect, it } from "vitest";
import { swapinInstall } from "../src/events/swap-steps.ts";
import { userfaultfdSetCtx } from "../src/events/uffd-steps.ts";
import { binderOpen, checkEnd, ERRNO, kernelMachine, pteAt, VM, vmaTree, type VmaPtr } from "../src/index.ts";
import { pageMapping, presentPte } from "../src/objects/page.ts";
import { swapCache, swapCount, swapSlots } from "../src/objects/swap.ts";
import { World } from "./world.ts";

const AT = 0x10000;
const TO = 0x20000;

function world(profile = "linux-6.14", slots = 1): { w: World; mm: number } {
  const w = new World(3, profile);
  w.table.apply(new Map([[swapSlots as never, slots]]));
  const mm = w.mm(1);
  for (const start of [AT, TO]) {
    w.as(1, w.k.mmap(mm, { start, length: 8192, flags: VM.READ | VM.WRITE, ops: "", owner: "" }));
  }
  w.as(1, w.k.pageFault(mm, AT, true));
  return { w, mm };
}

function vmaAt(w: World, mm: number, at: number): VmaPtr {
  const { vma, gen } = w.table.get(vmaTree.of(mm)).find(({ start }) => start === at)!;
  return { vma, gen };
}

const present = (w: World, mm: number, at: number) => presentPte(w.table.get(pteAt(mm, at)));

describe("swap", () => {
  it("takes a page out and a fault brings the same one back, while it is in the cache", () => {
    const { w, mm } = world();
    const before = present(w, mm, AT)!;
    expect(w.as(2, w.k.swapOut(mm, AT))).toBe(true);
    expect(w.table.get(pteAt(mm, AT))).toEqual({ kind: "swap", slot: 0 });
    expect([w.table.get(swapCount.of(0)), w.table.get(swapCache.of(0))?.page]).toEqual([1, before.page]);
    expect(w.as(1, w.k.pageFault(mm, AT, true))).toBe("ok");
    expect(present(w, mm, AT)).toEqual(before);
    expect([w.table.get(swapCount.of(0)), w.table.get(swapCache.of(0))]).toEqual([0, null]);
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("reads what the cache has no longer into a fresh page", () => {
    const { w, mm } = world();
    w.as(2, w.k.swapOut(mm, AT));
    w.table.apply(new Map([[swapCache.of(0) as never, null]]));
    expect(w.as(1, w.k.pageFault(mm, AT, false))).toBe("ok");
    expect(present(w, mm, AT)).not.toBeNull();
    expect(w.broken(1)).toEqual([]);
  });

  it("does nothing without a page, a free slot, or twice", () => {
    const { w, mm } = world("linux-6.14", 1);
    expect(w.as(2, w.k.swapOut(mm, TO))).toBe(false);
    w.as(1, w.k.pageFault(mm, TO, true));
    expect(w.as(2, w.k.swapOut(mm, AT))).toBe(true);
    expect(w.as(2, w.k.swapOut(mm, AT))).toBe(false);
    expect(w.as(2, w.k.swapOut(mm, TO))).toBe(false);
  });

  it("gives slots back when what names them is unmapped, also by a child", () => {
    const { w, mm } = world();
    w.as(2, w.k.swapOut(mm, AT));
    const child = w.as(1, w.k.fork(mm, 2, null));
    expect(w.table.get(swapCount.of(0))).toBe(2);
    w.as(2, w.k.munmap(child, AT, 8192));
    expect(w.table.get(swapCount.of(0))).toBe(1);
    w.as(1, w.k.munmap(mm, AT, 8192));
    expect([w.table.get(swapCount.of(0)), w.table.get(swapCache.of(0))]).toEqual([0, null]);
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("FOLIO-RMAP: a folio comes back where its mapping and index do not say", () => {
    const { w, mm } = world();
    const { page, gen } = present(w, mm, AT)!;
    w.as(2, w.k.swapOut(mm, AT));
    const elsewhere = { anonVma: 0, index: TO / 4096 };
    w.table.apply(new Map([[pageMapping.of(page) as never, elsewhere]]));
    w.as(1, w.k.getPage({ page, gen }));
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, w.k.pteOffsetMapLock(mm, AT));
    w.as(1, swapinInstall(vmaAt(w, mm, AT), AT, { page, gen }, 0, true));
    expect(w.broken(1)).toEqual(["FOLIO-RMAP"]);
    const end = checkEnd(kernelMachine, w.table.snapshot()).map(({ rule }) => rule.name);
    expect(end).toContain("FOLIO-RMAP");
  });

  it("FOLIO-RMAP is kept by mremap, which takes the index along", () => {
    const { w, mm } = world();
    w.as(2, w.k.swapOut(mm, AT));
    w.as(1, w.k.mremap(mm, { start: AT, oldLength: 8192, newLength: 8192, to: 0x40000, dontUnmap: false }));
    expect(w.as(1, w.k.pageFault(mm, 0x40000, true))).toBe("ok");
    expect(w.broken(1)).toEqual([]);
    expect(checkEnd(kernelMachine, w.table.snapshot())).toEqual([]);
  });
});

describe("userfaultfd", () => {
  const register = (w: World, mm: number, ctx = 1): number =>
    w.as(1, w.k.userfaultfdRegister(mm, TO, 8192, ctx, "missing"));

  it("registers anonymous memory, once per context", () => {
    const { w, mm } = world();
    expect(register(w, mm)).toBe(0);
    expect(register(w, mm)).toBe(0);
    expect(register(w, mm, 2)).toBe(ERRNO.EBUSY);
    expect(w.as(1, w.k.userfaultfdUnregister(mm, TO, 8192))).toBe(0);
    expect(register(w, mm, 2)).toBe(0);
    expect(w.broken(1)).toEqual([]);
  });

  it.each([
    ["a driver's memory", "other", VM.READ | VM.WRITE, "missing", ERRNO.EINVAL],
    ["a driver's memory, write protection in place", "other", VM.READ | VM.WRITE, "wp-async", 0],
    ["shmem", "shmem", VM.READ | VM.WRITE, "missing", 0],
    ["memory that nobody may ever write", "binder", VM.READ, "wp-async", ERRNO.EPERM],
  ] as const)("%s", (_, ops, flags, mode, expected) => {
    const { w, mm } = world();
    const at = 0x40000;
    if (ops === "binder") w.as(0, binderOpen(mm, "binder", 1));
    w.as(1, w.k.mmap(mm, { start: at, length: 4096, flags, ops, owner: ops === "binder" ? "binder0" : "x0" }));
    expect(w.as(1, w.k.userfaultfdRegister(mm, at, 4096, 1, mode))).toBe(expected);
  });

  it("refuses what is not there", () => {
    const { w, mm } = world();
    expect(w.as(1, w.k.userfaultfdRegister(mm, 0x90000, 4096, 1, "missing"))).toBe(ERRNO.EINVAL);
    w.as(2, w.k.mmgrab(mm));
    w.as(1, w.k.exitProcess(mm));
    expect(w.as(2, w.k.userfaultfdRegister(mm, TO, 4096, 1, "missing"))).toBe(ERRNO.ENOMEM);
    expect(w.as(2, w.k.userfaultfdUnregister(mm, TO, 4096))).toBe(ERRNO.ENOMEM);
    expect(w.as(2, w.k.uffdioCopy(mm, TO))).toBe(ERRNO.ESRCH);
    expect(w.as(2, w.k.uffdioMove(mm, TO, AT))).toBe(ERRNO.ESRCH);
  });

  it("copies a page in where none is", () => {
    const { w, mm } = world();
    expect(w.as(2, w.k.uffdioCopy(mm, TO))).toBe(ERRNO.ENOENT);
    register(w, mm);
    expect(w.as(2, w.k.uffdioCopy(mm, TO))).toBe(0);
    expect(w.as(2, w.k.uffdioCopy(mm, TO))).toBe(ERRNO.EEXIST);
    expect(w.broken(2)).toEqual([]);
  });

  it("a fault waits until the page is there, or the context gone", () => {
    const { w, mm } = world();
    register(w, mm);
    const vma = vmaAt(w, mm, TO);
    expect(w.attempt(1, w.k.handleUserfault(mm, TO, vma)).status).toBe("blocked");
    w.as(2, w.k.uffdioCopy(mm, TO));
    expect(w.attempt(1, w.k.handleUserfault(mm, TO, vma)).status).toBe("done");
    expect(w.attempt(1, w.k.handleUserfault(mm, TO + 4096, vma)).status).toBe("blocked");
    w.as(1, w.k.userfaultfdUnregister(mm, TO, 8192));
    expect(w.attempt(1, w.k.handleUserfault(mm, TO + 4096, vma)).status).toBe("done");
  });

  it("moves a swapped page, and says what it cannot move", () => {
    const { w, mm } = world();
    expect(w.as(1, w.k.uffdioMove(mm, TO, AT))).toBe(ERRNO.EINVAL);
    register(w, mm);
    expect(w.as(1, w.k.uffdioMove(mm, TO, AT + 4096))).toBe(ERRNO.ENOENT);
    expect(w.as(1, w.k.uffdioMove(mm, TO, AT))).toBe(ERRNO.EBUSY);
    w.as(2, w.k.swapOut(mm, AT));
    expect(w.as(1, w.k.uffdioMove(mm, TO, AT))).toBe(0);
    expect([w.table.get(pteAt(mm, AT)), w.table.get(pteAt(mm, TO))]).toEqual([null, { kind: "swap", slot: 0 }]);
    expect(w.as(1, w.k.pageFault(mm, TO, true))).toBe("ok");
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
    w.as(2, w.k.swapOut(mm, TO));
    expect(w.as(1, w.k.uffdioMove(mm, TO + 4096, TO))).toBe(0);
  });

  it("UFFDIO_MOVE is in no kernel before 6.8", () => {
    const { w, mm } = world("linux-6.6");
    expect(w.as(1, w.k.uffdioMove(mm, TO, AT))).toBe(ERRNO.EINVAL);
  });

  const setCtx = (w: World, mm: number, vma: VmaPtr, mode: "missing" | "wp-async" = "missing"): void => {
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, w.k.vmaStartWrite(vma));
    w.as(1, userfaultfdSetCtx(vma, 1, mode));
  };

  it("UFFD-TYPE: a context on a driver's memory", () => {
    const { w, mm } = world();
    w.as(1, w.k.mmap(mm, { start: 0x40000, length: 4096, flags: VM.READ, ops: "other", owner: "x0" }));
    setCtx(w, mm, vmaAt(w, mm, 0x40000));
    expect(w.broken(1)).toEqual(["UFFD-TYPE"]);
  });

  it("UFFD-TYPE is kept by a context on anonymous memory", () => {
    const { w, mm } = world();
    setCtx(w, mm, vmaAt(w, mm, TO));
    expect(w.broken(1)).toEqual([]);
  });

  it("UFFD-TYPE: VM_MIXEDMAP set where a context is", () => {
    const { w, mm } = world();
    const vma = vmaAt(w, mm, TO);
    setCtx(w, mm, vma);
    w.as(1, w.k.vmFlagsMod(vma, VM.DONTDUMP, 0));
    expect(w.broken(1)).toEqual([]);
    w.as(1, w.k.vmFlagsMod(vma, VM.MIXEDMAP, 0));
    expect(w.broken(1)).toContain("UFFD-TYPE");
  });

  it("P22: vm_insert_page under the mmap write lock, where a userfaultfd context is", () => {
    const { w, mm } = world();
    register(w, mm);
    const vma = vmaAt(w, mm, TO);
    const page = w.as(1, w.k.allocPage());
    w.as(1, w.k.mmapWriteLock(mm));
    w.as(1, w.k.vmaStartWrite(vma));
    w.as(1, w.k.vmInsertPage(mm, vma, TO, page, null));
    expect(w.broken(1)).toContain("UFFD-TYPE");
  });
});

import { describe, expect, it } from "vitest";
import { ERRNO, pteAt, VM, vmaFlags, vmaTree } from "../src/index.ts";
import { vmaSeal } from "../src/events/seal-steps.ts";
import { AT, lookup, mapAt, newVma, PAGE, RW } from "./mappings.ts";
import { World } from "./world.ts";

const RX = VM.READ | VM.EXEC;
const TO = 0x40000;

function world(profile = "linux-6.12"): { w: World; mm: number } {
  const w = new World(3, profile);
  return { w, mm: w.mm(1) };
}

describe("mseal", () => {
  it.each([
    ["munmap", (w: World, mm: number) => w.k.munmap(mm, AT, 3 * PAGE)],
    ["munmap of a part", (w: World, mm: number) => w.k.munmap(mm, AT, 2 * PAGE)],
    ["mprotect", (w: World, mm: number) => w.k.mprotect(mm, AT + PAGE, PAGE, RW)],
    [
      "mmap over it",
      (w: World, mm: number) => w.k.mmap(mm, { start: AT, length: 3 * PAGE, flags: RW, ops: "", owner: "" }),
    ],
    [
      "mremap",
      (w: World, mm: number) =>
        w.k.mremap(mm, { start: AT + PAGE, oldLength: PAGE, newLength: PAGE, to: TO, dontUnmap: false }),
    ],
    [
      "mremap onto it",
      (w: World, mm: number) =>
        w.k.mremap(mm, { start: AT, oldLength: PAGE, newLength: PAGE, to: AT + PAGE, dontUnmap: false }),
    ],
    ["MADV_DONTNEED", (w: World, mm: number) => w.k.madviseDontneed(mm, AT + PAGE, PAGE)],
    ["MADV_FREE", (w: World, mm: number) => w.k.madviseFree(mm, AT + PAGE, PAGE)],
    ["MADV_DONTFORK", (w: World, mm: number) => w.k.madviseFlags(mm, AT + PAGE, PAGE, "DONTFORK")],
  ])("%s is -EPERM, and nothing has changed", (_, call) => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 3, VM.READ);
    w.as(1, w.k.pageFault(mm, AT + PAGE, false));
    expect(w.as(1, w.k.mseal(mm, AT + PAGE, PAGE))).toBe(0);
    const before = w.table.get(vmaTree.of(mm));
    expect(before).toHaveLength(3);
    expect(w.as(1, call(w, mm))).toBe(ERRNO.EPERM);
    expect(w.table.get(vmaTree.of(mm))).toEqual(before);
    expect(w.table.get(pteAt(mm, AT + PAGE))).not.toBeNull();
    expect(w.broken(1)).toEqual([]);
  });

  it("lets what may be written lose its contents, and leaves neighbours and rights of no change alone", () => {
    const { w, mm } = world("linux-6.14");
    mapAt(w, mm, AT, 2);
    w.as(1, w.k.mseal(mm, AT, PAGE));
    expect(w.as(1, w.k.madviseDontneed(mm, AT, PAGE))).toBe(0);
    expect(w.as(1, w.k.madviseGuard(mm, AT, PAGE, true))).toBe(0);
    expect(w.as(1, w.k.munmap(mm, AT + PAGE, PAGE))).toBe(0);
    expect(w.as(1, w.k.mseal(mm, AT, PAGE))).toBe(0);
    expect(w.broken(1)).toEqual([]);
  });

  it("keeps guards out of what may only be read", () => {
    const { w, mm } = world("linux-6.14");
    mapAt(w, mm, AT, 1, VM.READ);
    w.as(1, w.k.mseal(mm, AT, PAGE));
    expect(w.as(1, w.k.madviseGuard(mm, AT, PAGE, true))).toBe(ERRNO.EPERM);
  });

  it("is inherited, and merges with nothing", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1);
    w.as(1, w.k.mseal(mm, AT, PAGE));
    mapAt(w, mm, AT + PAGE, 1);
    expect(w.table.get(vmaTree.of(mm))).toHaveLength(2);
    expect(w.as(1, w.k.mlock(mm, AT, PAGE, true))).toBe(0);
    expect(w.as(1, w.k.mlock(mm, AT, PAGE, false))).toBe(0);
    expect(w.table.get(vmaTree.of(mm))).toHaveLength(2);
    const child = w.as(1, w.k.fork(mm, 2, null));
    expect(w.as(2, w.k.munmap(child, AT, PAGE))).toBe(ERRNO.EPERM);
  });

  it("refuses gaps, with nothing sealed, and what is no range; and is in no kernel before 6.10", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1);
    mapAt(w, mm, AT + 2 * PAGE, 1);
    expect(w.as(1, w.k.mseal(mm, AT, 3 * PAGE))).toBe(ERRNO.ENOMEM);
    expect(w.as(1, w.k.mseal(mm, AT, 2 * PAGE))).toBe(ERRNO.ENOMEM);
    expect(w.as(1, w.k.mseal(mm, AT + 1, PAGE))).toBe(ERRNO.EINVAL);
    expect(w.as(1, w.k.munmap(mm, AT, PAGE))).toBe(0);
    const old = world("linux-6.6");
    expect(old.w.as(1, old.w.k.mseal(old.mm, AT, PAGE))).toBe(ERRNO.ENOSYS);
  });

  it("FIELD-WRITE: a VMA is sealed under its locks", () => {
    const { w, mm } = world();
    const vma = mapAt(w, mm, AT, 1);
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, vmaSeal(vma));
    expect(w.broken(1)).toContain("FIELD-WRITE");
  });
});

describe("PR_SET_MDWE", () => {
  it("refuses what can be written and executed, and what becomes executable", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1, VM.READ);
    const map = (flags: number) => w.as(1, w.k.mmap(mm, { start: TO, length: PAGE, flags, ops: "", owner: "" }));
    expect(map(RX | VM.WRITE)).toBe(TO);
    w.as(1, w.k.mmFlagsSet(mm, "mdwe"));
    expect(map(RX | VM.WRITE)).toBe(ERRNO.EACCES);
    expect(w.as(1, w.k.mprotect(mm, AT, PAGE, RX))).toBe(ERRNO.EACCES);
    expect(map(RX)).toBe(TO);
    expect(w.as(1, w.k.mprotect(mm, TO, PAGE, VM.READ))).toBe(0);
    expect(w.broken(1)).toEqual([]);
  });
});

describe("a memfd sealed against writes", () => {
  it.each([
    ["linux-6.6", ERRNO.EPERM],
    ["linux-6.12", TO],
  ])("%s: is mapped shared for reading, or not (sealedMapping)", (profile, result) => {
    const { w, mm } = world(profile);
    const file = w.as(1, w.k.doDentryOpen(0, "", ""));
    const map = (start: number, flags: number) =>
      w.as(1, w.k.mmap(mm, { start, length: PAGE, flags, ops: "", owner: "", file }));
    expect(map(AT, RW | VM.SHARED)).toBe(AT);
    expect(w.as(1, w.k.memfdAddSeals(0))).toBe(ERRNO.EBUSY);
    w.as(1, w.k.munmap(mm, AT, PAGE));
    expect(w.as(1, w.k.memfdAddSeals(0))).toBe(0);
    expect(map(AT, RW | VM.SHARED)).toBe(ERRNO.EPERM);
    expect(map(AT, RW)).toBe(AT);
    expect(map(TO, VM.READ | VM.SHARED)).toBe(result);
    if (result !== TO) return;
    expect(w.table.get(vmaFlags.of(lookup(w, mm, TO)!.vma)) & VM.MAYWRITE).toBe(0);
    expect(w.as(1, w.k.mprotect(mm, TO, PAGE, RW))).toBe(ERRNO.EACCES);
    expect(w.broken(1)).toEqual([]);
  });
});

describe("a driver's mmap hook", () => {
  it.each([
    [AT, []],
    [AT + PAGE, ["RANGE"]],
  ])("RANGE: leaves the VMA where it was put: %i", (start, broken) => {
    const { w, mm } = world();
    const vma = newVma(w, mm, VM.READ);
    w.as(1, w.k.vmaSetRange(vma, start, AT + 2 * PAGE));
    expect(w.broken(1)).toEqual(broken);
  });
});

import { describe, expect, it } from "vitest";
import { findVma } from "../src/events/stack-steps.ts";
import { vmFaultRetry } from "../src/events/fault-steps.ts";
import { createKernel, profile, pteAt, VM, vmaSlot, vmaTree } from "../src/index.ts";
import type { Context, VmOps } from "../src/kernel/context.ts";
import { handleMmFault, pageFault } from "../src/kernel/fault.ts";
import { mmapReadUnlock } from "../src/events/mmap-lock-steps.ts";
import { writeOnce, readOnce } from "../src/events/word-steps.ts";
import { vmaAnonVma } from "../src/objects/anon-vma.ts";
import { World } from "./world.ts";

const AT = 0x10000;
const STACK = 0x40000;
const RW = VM.READ | VM.WRITE;
const PROFILES = ["linux-5.4", "linux-6.1", "linux-6.4.0", "linux-6.4.3", "linux-6.6", "linux-6.12", "linux-6.18.19"];

function area(w: World, mm: number, start: number, flags: number): void {
  w.as(1, w.k.mmap(mm, { start, length: 4096, flags, ops: "", owner: "" }));
}

describe.each(PROFILES)("a page fault of %s", (name) => {
  it("maps a page on the first access and none on the second", () => {
    const w = new World(3, name);
    const mm = w.mm(1, 2);
    area(w, mm, AT, RW);
    expect(w.as(1, w.k.pageFault(mm, AT + 5, true))).toBe("ok");
    const entry = w.table.get(pteAt(mm, AT));
    expect(entry).not.toBeNull();
    expect(w.as(2, w.k.pageFault(mm, AT, false))).toBe("ok");
    expect(w.table.get(pteAt(mm, AT))).toEqual(entry);
    expect(w.table.get(vmaAnonVma.of(0))).toBe(0);
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("is refused where nothing is mapped or the access is not allowed", () => {
    const w = new World(3, name);
    const mm = w.mm(1);
    area(w, mm, AT, VM.READ);
    expect(w.as(1, w.k.pageFault(mm, AT, true))).toBe("ACCERR");
    expect(w.as(1, w.k.pageFault(mm, AT + 4096, false))).toBe("SIGSEGV");
    expect(w.as(1, w.k.pageFault(mm, AT - 4096, false))).toBe("SIGSEGV");
    expect(w.as(1, w.k.pageFault(mm, AT, false))).toBe("ok");
    expect(w.broken(1)).toEqual([]);
  });

  it("grows a stack down to the address, and not near what can be accessed below", () => {
    const w = new World(3, name);
    const mm = w.mm(1);
    area(w, mm, AT, RW);
    const top = AT + 300 * 0x1000;
    area(w, mm, top, RW | VM.GROWSDOWN);
    w.as(1, w.k.pageFault(mm, top, true));
    expect(w.as(1, w.k.pageFault(mm, top - 0x2000 + 8, true))).toBe("ok");
    expect(w.table.get(vmaTree.of(mm)).map(({ start }) => start)).toEqual([AT, top - 0x2000]);
    expect(w.table.get(vmaSlot.of(1)).start).toBe(top - 0x2000);
    expect(w.as(1, w.k.pageFault(mm, AT + 257 * 0x1000, true))).toBe("ok");
    expect(w.as(1, w.k.pageFault(mm, AT + 256 * 0x1000, true))).toBe("SIGSEGV");
    w.as(1, w.k.mprotect(mm, AT, 0x1000, 0));
    expect(w.as(1, w.k.pageFault(mm, AT + 0x1000, true))).toBe("ok");
    expect(w.as(1, w.k.pageFault(mm, AT - 0x1000, true))).toBe("SIGSEGV");
    const { stackExpand, vmaTree: form } = w.k.knobs;
    expect(w.broken(1)).toEqual(stackExpand === "read" && form === "maple" ? ["FIELD-WRITE"] : []);
  });

  it("does not grow a stack past an area that lies in between", () => {
    const w = new World(3, name);
    const mm = w.mm(1);
    area(w, mm, AT, RW);
    area(w, mm, AT + 0x1000, RW | VM.GROWSDOWN);
    area(w, mm, STACK, VM.READ);
    expect(w.as(1, w.k.pageFault(mm, STACK - 1, false))).toBe("SIGSEGV");
    expect(w.broken(1)).toEqual([]);
  });
});

it("find_vma sees the stack above a hole, and no other area", () => {
  const w = new World();
  const mm = w.mm(1);
  area(w, mm, STACK, RW | VM.GROWSDOWN);
  w.as(1, w.k.mmapReadLock(mm));
  expect(w.as(1, findVma(mm, AT))).toEqual({ vma: { vma: 0, gen: 1 }, grow: true, root: null });
  expect(w.as(1, findVma(mm, STACK))).toEqual({ vma: { vma: 0, gen: 1 }, grow: false, root: null });
  expect(w.as(1, findVma(mm, STACK + 0x1000))).toBeNull();
});

describe("VM_FAULT_RETRY", () => {
  it("comes back from the first anonymous fault when mmap_lock cannot be had, the VMA lock dropped", () => {
    const w = new World(3, "linux-6.12");
    const mm = w.mm(1, 2);
    area(w, mm, AT, RW);
    const vma = w.as(1, w.k.lockVmaUnderRcu(mm, AT))!;
    w.as(2, w.k.mmapWriteLock(mm));
    expect(w.as(1, handleMmFault(w.k, mm, vma, AT, true, "vma"))).toBe("retry");
    w.as(1, vmFaultRetry(mm));
    expect(w.broken(1)).toEqual([]);
  });

  it("RETRY-DROPPED: is broken by whoever returns it with the lock held", () => {
    const w = new World(3, "linux-6.12");
    const mm = w.mm(1);
    w.as(1, w.k.mmapReadLock(mm));
    w.as(1, vmFaultRetry(mm));
    expect(w.broken(1)).toEqual(["RETRY-DROPPED"]);
  });

  /** A driver whose handler asks for a retry as long as the word is 0, dropping mmap_lock or forgetting to. */
  function driver(drops: boolean): VmOps {
    return {
      *fault(_k, { mm }) {
        if ((yield* readOnce("ready")) !== 0) return "ok";
        yield* writeOnce("ready", 1);
        if (drops) yield* mmapReadUnlock(mm);
        return "retry";
      },
    };
  }

  it.each([
    ["a handler that drops mmap_lock is asked again", true, []],
    ["RETRY-DROPPED: one that keeps it", false, ["NO-BLOCK-UNDER-VR", "RETRY-DROPPED"]],
  ] as const)("%s", (_, drops, broken) => {
    const w = new World(3, "linux-6.12");
    const k: Context = { knobs: profile("linux-6.12").knobs, vmOps: new Map([["dev", driver(drops)]]) };
    const mm = w.mm(1);
    w.as(1, w.k.mmap(mm, { start: AT, length: 4096, flags: RW, ops: "dev", owner: "dev0" }));
    expect(w.as(1, pageFault(k, mm, AT, true))).toBe("ok");
    expect(w.broken(1)).toEqual(broken);
  });

  it("a driver without a handler is not asked twice", () => {
    const w = new World(3, "linux-6.12");
    const mm = w.mm(1);
    w.as(1, w.k.mmap(mm, { start: AT, length: 4096, flags: RW, ops: "dev", owner: "dev0" }));
    expect(w.as(1, w.k.pageFault(mm, AT, true))).toBe("SIGBUS");
    expect(w.broken(1)).toEqual([]);
  });
});

describe("anon_vma of a fault under the VMA lock", () => {
  it.each(["linux-6.4.0", "linux-6.4.3", "linux-6.6"])("%s: without one the VMA is not locked at all", (name) => {
    const w = new World(3, name);
    const mm = w.mm(1);
    area(w, mm, AT, RW);
    expect(w.as(1, w.k.lockVmaUnderRcu(mm, AT))).toBeNull();
    w.as(1, w.k.pageFault(mm, AT, true));
    expect(w.as(1, w.k.lockVmaUnderRcu(mm, AT))).not.toBeNull();
  });

  it.each([
    ["linux-6.4.0", false],
    ["linux-6.6", true],
  ] as const)("%s: a driver's VMA is locked: %s", (name, locked) => {
    const w = new World(3, name);
    const mm = w.mm(1);
    w.as(1, w.k.mmap(mm, { start: AT, length: 4096, flags: RW, ops: "dev", owner: "dev0" }));
    expect(w.as(1, w.k.lockVmaUnderRcu(mm, AT)) !== null).toBe(locked);
  });

  it("is not to be set there, nor the neighbour looked at (657b5146955e)", () => {
    const w = new World(3, "linux-6.4.3", { anonVmaCheck: "before-lock" });
    const k = createKernel({ ...w.k.knobs, anonVmaCheck: "in-fault" });
    const mm = w.mm(1);
    area(w, mm, AT, RW);
    area(w, mm, AT + 4096, VM.READ);
    const vma = w.as(1, k.lockVmaUnderRcu(mm, AT))!;
    expect(w.as(1, handleMmFault(w.k, mm, vma, AT, true, "vma"))).toBe("ok");
    expect(w.broken(1)).toEqual(["FIELD-WRITE", "VMA-LIVE"]);
  });
});

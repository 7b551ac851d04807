import { describe, expect, it } from "vitest";
import { rangeUnlockMm } from "../src/drivers/rust-range-state.ts";
import { mutexUnlockOwner } from "../src/events/heap-steps.ts";
import { mpolPut } from "../src/events/mempolicy-steps.ts";
import { mmapReadLockSlowpath, mmapWriteLockFast } from "../src/events/mmap-lock-steps.ts";
import { rwsemDownReadSlowpath } from "../src/events/rwsem-steps.ts";
import type { AnyStep } from "../src/events/step.ts";
import { pteUnmapUnlockFound } from "../src/events/table-walk-steps.ts";
import { vmaEndReadPut, vmaRefcountPut } from "../src/events/vma-read-steps.ts";
import { vmaEnterLocked } from "../src/events/vma-write-steps.ts";
import { vmAreaFree } from "../src/events/vma-steps.ts";
import { apply, ERRNO, kernelMachine, type Kernel, type Steps, type Transition, type Value } from "../src/index.ts";
import { heldBy } from "../src/objects/task.ts";
import { AT, mapAt, PAGE } from "./mappings.ts";
import { World } from "./world.ts";

/** One event of task 1, whatever becomes of it. */
function call(w: World, { op }: AnyStep, ...args: Value[]): Transition {
  const transition = apply(kernelMachine, w.table, { task: 1, op, args });
  w.table.apply(transition.writes);
  return transition;
}

const told = ({ violations }: Transition): string[] => violations.map(({ rule, object }) => `${rule.name} ${object}`);

/** Task 1 in mm 0, which has vma:0#1, and a file. */
function world(): World {
  const w = new World();
  mapAt(w, w.mm(1), AT, 1);
  w.as(1, w.k.doDentryOpen(0, "", ""));
  return w;
}

const VMA = { vma: 0, gen: 1 };
const PTL = "lock:ptl.0.0";

describe("a lock that is released by who does not hold it", () => {
  const k = new World().k;
  it.each<[string, AnyStep, Value[], string]>([
    ["a spinlock", k.spinUnlock, ["lru"], "lock:lru"],
    ["a mutex", k.mutexUnlock, ["alloc0"], "lock:alloc0"],
    ["a mutex with waiters", mutexUnlockOwner, ["alloc0"], "lock:alloc0"],
    ["the Rust binder's mm_lock", rangeUnlockMm, [0], "lock:mm_lock0"],
    ["a page-table lock", k.pteUnmapUnlock, [0, AT], PTL],
    ["a page-table lock of a walk", pteUnmapUnlockFound, [0, AT], PTL],
    ["mmap_lock for reading", k.mmapReadUnlock, [0], "mm:0/mmap_lock"],
    ["mmap_lock for writing", k.mmapWriteUnlock, [0], "mm:0/mmap_lock"],
    ["mmap_lock, downgraded", k.mmapWriteDowngrade, [0], "mm:0/mmap_lock"],
    ["a rwsem for reading", k.upRead, ["i_mmap0"], "rwsem:i_mmap0"],
    ["a rwsem for writing", k.upWrite, ["i_mmap0"], "rwsem:i_mmap0"],
    ["a rwsem, downgraded", k.downgradeWrite, ["i_mmap0"], "rwsem:i_mmap0"],
    ["a VMA's read lock", vmaEndReadPut, [VMA], "vma:0#1"],
    ["RCU", k.rcuReadUnlock, [], "rcu"],
    ["interrupts", k.localIrqEnable, [], "irqs"],
    ["a rwsem for which nobody has queued", rwsemDownReadSlowpath, ["i_mmap0"], "rwsem:i_mmap0"],
    ["mmap_lock for which nobody has queued", mmapReadLockSlowpath, [0], "mm:0/mmap_lock"],
  ])("%s is LOCK-HELD, and nothing changes", (_what, step, args, object) => {
    const w = world();
    const before = w.table.get(heldBy.of(1));
    const transition = call(w, step, ...args);
    expect([transition.status, told(transition)]).toEqual(["done", [`LOCK-HELD ${object}`]]);
    expect(w.table.get(heldBy.of(1))).toEqual(before);
  });

  it.each<[string, (k: Kernel) => Steps<unknown>, (k: Kernel) => Steps<unknown>]>([
    ["for reading, released for writing", (k) => k.mmapReadLock(0), (k) => k.mmapWriteUnlock(0)],
    ["for writing, released for reading", (k) => k.mmapWriteLock(0), (k) => k.mmapReadUnlock(0)],
    ["for reading, downgraded", (k) => k.mmapReadLock(0), (k) => k.mmapWriteDowngrade(0)],
    ["a rwsem for writing, released for reading", (k) => k.downWrite("s"), (k) => k.upRead("s")],
    ["a rwsem for reading, released for writing", (k) => k.downRead("s"), (k) => k.upWrite("s")],
  ])("held %s: LOCK-HELD, and it stays held", (_what, take, release) => {
    const w = world();
    w.as(1, take(w.k));
    const held = w.table.get(heldBy.of(1));
    w.as(1, release(w.k));
    expect(w.broken(1)).toEqual(["LOCK-HELD"]);
    expect(w.table.get(heldBy.of(1))).toEqual(held);
  });
});

describe("what is freed twice, or put once too often", () => {
  it.each<[string, (w: World) => void, string]>([
    [
      "a VMA",
      (w) => {
        w.as(1, w.k.munmap(0, AT, PAGE));
        w.as(1, vmAreaFree(VMA));
      },
      "VMA-LIVE vm_area_free vma:0#1",
    ],
    [
      "a VMA whose memory is another's by now",
      (w) => {
        w.as(1, w.k.munmap(0, AT, PAGE));
        mapAt(w, 0, AT, 1);
        w.as(1, vmAreaFree(VMA));
      },
      "VMA-GEN vm_area_free vma:0#1",
    ],
    ["a VMA's reference", (w) => void w.as(1, vmaRefcountPut(VMA)), "VMA-ATTACH vma_refcount_put vma:0#1"],
    [
      "a page",
      (w) => {
        const page = w.as(1, w.k.allocPage());
        w.as(1, w.k.putPage(page));
        w.as(1, w.k.putPage(page));
      },
      "PAGE-REF put_page page:0#1",
    ],
    [
      "a DMA frame",
      (w) => {
        const frame = w.as(1, w.k.dmaAllocCoherent());
        w.as(1, w.k.dmaFreeCoherent(frame));
        w.as(1, w.k.dmaFreeCoherent(frame));
      },
      "PAGE-REF dma_free_coherent page:0#1",
    ],
    [
      "an mm's users",
      (w) => {
        w.as(1, w.k.mmget(0));
        w.as(1, w.k.mmputAsync(0));
        w.as(1, w.k.mmputAsync(0));
      },
      "MM-REF mmput_async mm:0",
    ],
    ["an mm's struct", (w) => void w.as(1, w.k.mmdrop(0)), "MM-REF mmdrop mm:0"],
    [
      "a file",
      (w) => {
        w.as(1, w.k.filpClose(0));
        w.as(1, w.k.filpClose(0));
      },
      "FILE-REF fput file:0",
    ],
    [
      "a heap object",
      (w) => {
        w.as(1, w.k.kmalloc("x"));
        w.as(1, w.k.kfree("x"));
        w.as(1, w.k.kfree("x"));
      },
      "HEAP-LIVE kfree heap:x",
    ],
    ["a mempolicy", (w) => void w.as(1, mpolPut("p")), "HEAP-LIVE mpol_put heap:p"],
  ])("%s", (_what, act, key) => {
    const w = world();
    act(w);
    expect(w.keys(1)).toEqual([key]);
  });
});

describe("a lock that is taken again by who holds it", () => {
  const k = new World().k;
  it.each<[string, AnyStep, Value[]]>([
    ["a spinlock", k.spinLock, ["lru"]],
    ["a mutex", k.mutexLock, ["alloc0"]],
    ["a page-table lock", k.pteOffsetMapLock, [0, AT]],
  ])("%s: LOCK-ORDER, and the task is at its end", (_what, step, args) => {
    const w = world();
    w.as(1, w.k.pageFault(0, AT, true));
    expect(call(w, step, ...args)).toMatchObject({ status: "done", violations: [] });
    const again = call(w, step, ...args);
    expect([again.status, again.violations.map(({ rule }) => rule.name)]).toEqual(["stopped", ["LOCK-ORDER"]]);
    expect(again.violations[0]?.message).toMatch(/^takes lock:\S+ again, which it holds: it waits for itself$/);
  });

  it.each<[string, (k: Kernel) => Steps<unknown>, (k: Kernel) => Steps<unknown>, string]>([
    ["mmap_lock, read and read", (k) => k.mmapReadLock(0), (k) => k.mmapReadLock(0), "NO-BLOCK-UNDER-VR"],
    ["mmap_lock, read and write", (k) => k.mmapReadLock(0), () => mmapWriteLockFast(0), "NO-BLOCK-UNDER-VR"],
    ["mmap_lock, write and write", (k) => k.mmapWriteLock(0), () => mmapWriteLockFast(0), "NO-BLOCK-UNDER-VR"],
    ["a rwsem, read and read", (k) => k.downRead("s"), (k) => k.downRead("s"), "LOCK-ORDER"],
    ["a VMA's lock, read and write", (k) => k.lockVmaUnderRcu(0, AT), () => vmaEnterLocked(VMA), "LOCK-ORDER"],
  ])("%s", (_what, first, second, rule) => {
    const w = world();
    w.as(1, w.k.pageFault(0, AT, true));
    w.as(1, first(w.k));
    w.as(1, second(w.k));
    expect(w.broken(1)).toContain(rule);
  });

  it("a try for it fails and breaks nothing; RCU and interrupts nest", () => {
    const w = world();
    w.as(1, w.k.mutexLock("alloc0"));
    expect(w.as(1, w.k.mutexTrylock("alloc0"))).toBe(false);
    w.as(1, w.k.mutexUnlock("alloc0"));
    w.as(1, w.k.mmapWriteLock(0));
    expect(w.as(1, w.k.mmapReadTrylock(0))).toBe(false);
    w.as(1, w.k.mmapWriteUnlock(0));
    w.as(1, w.k.localIrqDisable());
    w.as(1, w.k.localIrqDisable());
    w.as(1, w.k.rcuReadLock());
    w.as(1, w.k.rcuReadLock());
    expect(w.broken(1)).toEqual([]);
  });
});

describe("what the kernel of a profile does not have", () => {
  it.each<[string, string, (k: Kernel) => Steps<number>, number]>([
    ["process_mrelease", "linux-5.4", (k) => k.processMrelease(0), ERRNO.ENOSYS],
    ["process_mrelease", "linux-6.1", (k) => k.processMrelease(0), 0],
    ["UFFDIO_MOVE", "linux-6.1", (k) => k.uffdioMove(0, AT, 2 * AT), ERRNO.EINVAL],
    ["guard regions", "linux-6.6", (k) => k.madviseGuard(0, AT, PAGE, true), ERRNO.EINVAL],
    ["guard regions", "linux-6.14", (k) => k.madviseGuard(0, AT, PAGE, true), 0],
  ])("%s of %s returns as the kernel does", (_what, profile, run, result) => {
    const w = new World(3, profile);
    mapAt(w, w.mm(1), AT, 1);
    expect(w.as(1, run(w.k))).toBe(result);
    expect(w.broken(1)).toEqual([]);
    expect(w.table.get(heldBy.of(1))).toEqual([]);
  });

  it.each(["linux-4.19", "linux-6.1"])("per-VMA locks of %s: nothing is found, nothing taken", (profile) => {
    const w = new World(3, profile);
    mapAt(w, w.mm(1), AT, 1);
    expect(w.as(1, w.k.lockVmaUnderRcu(0, AT))).toBeNull();
    expect(w.table.get(heldBy.of(1))).toEqual([]);
    expect(w.broken(1)).toEqual([]);
  });
});

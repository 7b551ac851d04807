import { describe, expect, it } from "vitest";
import { binderFreePage, binderSkipInvalidVma, binderTakePage } from "../src/drivers/binder-state.ts";
import { lazyReclaim } from "../src/drivers/lazy-state.ts";
import { doDentryOpen } from "../src/events/file-steps.ts";
import { doShrinkSlab } from "../src/events/lru-steps.ts";
import {
  ashmemArea,
  type BinderGeneration,
  binderGenerations,
  type BinderHandle,
  binderMapped,
  binderOpen,
  binderPage,
  checkEnd,
  ERRNO,
  kernelMachine,
  lazyBinderGenerations,
  type LazyHandle,
  lruList,
  rustBinderGenerations,
  rustPageState,
  pteAt,
  VM,
  vmaFlags,
} from "../src/index.ts";
import { AT, lookup, PAGE } from "./mappings.ts";
import { World } from "./world.ts";

type Ops = "binder" | "counted_binder" | "rust_binder" | "lazy_binder";

/** A buffer of two pages of task 1's process. */
function open(w: World, ops: Ops): LazyHandle {
  const mm = w.mm(1);
  const alloc = w.as(1, binderOpen(mm, ops, 2));
  const file = w.as(1, doDentryOpen(0, ops, `binder${alloc}`));
  const mapping = { start: AT, length: 2 * PAGE, flags: VM.READ, ops, owner: `binder${alloc}` };
  w.as(1, w.k.mmap(mm, ops === "lazy_binder" ? { ...mapping, file } : mapping));
  return { alloc, mm, ops, start: AT, pages: 2, inode: 0, file };
}

const ends = (w: World): string[] => checkEnd(kernelMachine, w.table.snapshot()).map(({ rule }) => rule.name);
const GEN: BinderGeneration = binderGenerations["7.0"];
const world = (): World => new World(3, "linux-7.0");

function unused(w: World, binder: BinderHandle, gen: BinderGeneration = GEN): void {
  w.as(2, w.k.binderInstall(binder, gen, 0, 1));
  w.as(2, w.k.binderFreeBuf(binder, gen, 0, 1));
}

function replace(w: World, { mm }: BinderHandle): void {
  w.as(1, w.k.munmap(mm, AT, 2 * PAGE));
  w.as(1, w.k.mmap(mm, { start: AT, length: PAGE, flags: VM.READ, ops: "", owner: "" }));
}

describe("driver rules", () => {
  it("DRV-STATE: close while another VMA of the driver stands; after the whole is unmapped", () => {
    const [w, near] = [world(), world()];
    w.as(1, w.k.munmap(open(w, "binder").mm, AT, PAGE));
    expect(w.broken(1)).toEqual(["DRV-STATE"]);
    near.as(1, near.k.munmap(open(near, "binder").mm, AT, 2 * PAGE));
    expect(near.broken(1)).toEqual([]);
    expect(ends(near)).toEqual([]);
  });

  it("DRV-STATE: when all is quiet a driver that was never told; one that was", () => {
    const w = world();
    const { mm, alloc } = open(w, "binder");
    w.as(1, w.k.munmap(mm, AT, 2 * PAGE));
    expect(ends(w)).toEqual([]);
    w.table.apply(new Map([[binderMapped.of(alloc) as never, true as never]]));
    expect(ends(w)).toEqual(["DRV-STATE"]);
  });

  it.each([
    ["binder", "linux-6.1", ["DRV-STATE"]],
    ["counted_binder", "linux-6.1", []],
    ["binder", "linux-7.0", []],
  ] as const)(
    "P20 DRV-STATE: H26, a child's close speaks for its parent's mapping: %s on %s",
    (ops, profile, rules) => {
      const w = new World(3, profile);
      const { mm } = open(w, ops);
      const refused = w.as(1, w.k.madviseFlags(mm, AT, 2 * PAGE, "DOFORK"));
      expect(refused).toBe(profile === "linux-7.0" ? ERRNO.EINVAL : 0);
      const child = w.as(1, w.k.fork(mm, null, null));
      w.as(0, w.k.exitProcess(child));
      expect(w.broken(0)).toEqual(rules);
    },
  );

  it("RECLAIM-LIVE: a page that an impostor keeps from being freed; one that nobody has scanned", () => {
    const [w, near] = [world(), world()];
    for (const one of [w, near]) {
      const binder = open(one, "binder");
      unused(one, binder);
      replace(one, binder);
      if (one === w) expect(one.as(2, one.k.binderShrinkScan([binder], GEN, 1))).toBe(0);
      else expect(one.as(2, one.k.binderShrinkScan([binder], { ...GEN, reclaimImpostor: "reclaim" }, 1))).toBe(1);
    }
    expect(ends(w)).toEqual(["RECLAIM-LIVE"]);
    expect(ends(near)).toEqual([]);
  });

  it("RECLAIM-LIVE: skipped, and free again once the impostor is gone", () => {
    const w = world();
    const binder = open(w, "binder");
    unused(w, binder);
    w.as(2, binderSkipInvalidVma(binder.alloc, 0));
    w.as(1, w.k.munmap(binder.mm, AT, 2 * PAGE));
    expect(ends(w)).toEqual([]);
  });

  it("ZAP-COMPLETE: a page given back while a PTE maps it; after its zap", () => {
    const [w, near] = [world(), world()];
    for (const one of [w, near]) {
      const binder = open(one, "binder");
      unused(one, binder);
      if (one === near) one.as(1, one.k.munmap(binder.mm, AT, 2 * PAGE));
      const page = one.as(2, binderTakePage(binder.alloc, 0))!;
      one.as(2, binderFreePage(binder.alloc, page));
    }
    expect(w.broken(2)).toEqual(["ZAP-COMPLETE"]);
    expect(near.broken(2)).toEqual([]);
  });

  it("RECLAIM-TRY: a shrinker that waits for its driver's mutex; one that tries", () => {
    const [w, near] = [world(), world()];
    w.as(2, doShrinkSlab());
    w.as(2, w.k.mutexLock("alloc0"));
    expect(w.broken(2)).toEqual(["RECLAIM-TRY"]);
    near.as(2, doShrinkSlab());
    near.as(2, near.k.mutexTrylock("alloc0"));
    expect(near.broken(2)).toEqual([]);
  });

  it("RECLAIM-TRY, ATOMIC-SLEEP: a shrinker that unmaps through rmap itself; the worker that does it for it", () => {
    const [w, near] = [world(), world()];
    const binder = open(w, "lazy_binder");
    w.as(2, doShrinkSlab());
    w.as(2, w.k.spinLock("binder_lru"));
    w.as(2, w.k.unmapMappingPages(binder.inode, 0, 1));
    expect(w.broken(2)).toEqual(["ATOMIC-SLEEP", "RECLAIM-TRY"]);
    near.as(2, near.k.unmapMappingPages(open(near, "lazy_binder").inode, 0, 1));
    expect(near.broken(2)).toEqual([]);
  });

  it("OWNER: a page into another driver's VMA; into its own", () => {
    for (const [checkVma, rules] of [
      [false, ["OWNER"]],
      [true, []],
    ] as const) {
      const w = world();
      const binder = open(w, "rust_binder");
      w.as(1, w.k.munmap(binder.mm, AT, 2 * PAGE));
      w.as(1, w.k.mmap(binder.mm, { start: AT, length: PAGE, flags: VM.READ, ops: "other", owner: "other0" }));
      const error = w.as(2, w.k.rustUsePageSlow(binder, { ...rustBinderGenerations["7.0"], checkVma }, 0));
      expect(error).toBe(checkVma ? ERRNO.ESRCH : 0);
      expect(w.broken(2)).toEqual(rules);
    }
  });
});

describe("the C binder", () => {
  it.each(Object.entries(binderGenerations))(
    "%s installs, uses again, frees and refuses after munmap",
    (_name, gen) => {
      const w = world();
      const binder = open(w, "binder");
      unused(w, binder, gen);
      expect(w.table.get(pteAt(binder.mm, AT))).not.toBeNull();
      unused(w, binder, gen);
      expect(w.as(2, w.k.binderShrinkScan([binder], gen, 1))).toBe(1);
      expect(w.table.get(binderPage.of(binder.alloc, 0))).toBeNull();
      expect(w.table.get(pteAt(binder.mm, AT))).toBeNull();
      w.as(1, w.k.munmap(binder.mm, AT, 2 * PAGE));
      expect(w.as(2, w.k.binderInstall(binder, gen, 0, 1))).toBe(ERRNO.ESRCH);
      expect([...w.broken(1), ...w.broken(2), ...ends(w)]).toEqual([]);
    },
  );

  it.each(Object.entries(binderGenerations))(
    "%s refuses, and reclaims nothing, when its receiver is gone",
    (_n, gen) => {
      const w = world();
      const binder = open(w, "binder");
      unused(w, binder, gen);
      w.as(1, w.k.exitProcess(binder.mm));
      expect(w.as(2, w.k.binderInstall(binder, gen, 1, 1))).toBe(ERRNO.ESRCH);
      expect(w.broken(2)).toEqual([]);
    },
  );
});

describe("the Rust binder", () => {
  it.each(Object.entries(rustBinderGenerations))("%s: pages are free, used, available, used, free", (_name, gen) => {
    const w = world();
    const binder = open(w, "rust_binder");
    const state = (): string => rustPageState({ read: (ref) => w.table.get(ref) }, binder.alloc, 0);
    expect(state()).toBe("free");
    expect(w.as(2, w.k.rustUseRange(binder, gen, 0, 2))).toBe(0);
    expect(state()).toBe("used");
    w.as(2, w.k.rustStopUsingRange(binder, 0, 2));
    expect(state()).toBe("available");
    expect(w.as(2, w.k.rustUseRange(binder, gen, 0, 1))).toBe(0);
    expect(state()).toBe("used");
    w.as(2, w.k.rustStopUsingRange(binder, 0, 1));
    expect(w.as(2, w.k.rustShrinkScan(binder, gen))).toBe(1);
    expect(w.as(2, w.k.rustShrinkScan(binder, gen))).toBe(1);
    expect(state()).toBe("free");
    expect(w.as(2, w.k.rustShrinkScan(binder, gen))).toBe(0);
    expect(w.broken(2)).toEqual([]);
  });

  it("puts back what it used when a later page fails", () => {
    const w = world();
    const binder = open(w, "rust_binder");
    w.as(1, w.k.munmap(binder.mm, AT + PAGE, PAGE));
    expect(w.as(2, w.k.rustUseRange(binder, rustBinderGenerations["7.0"], 0, 2))).toBe(ERRNO.EFAULT);
    expect(w.table.get(lruList.of("binder_lru"))).toEqual([{ alloc: binder.alloc, index: 0 }]);
  });
});

describe("the lazy binder", () => {
  const gen = lazyBinderGenerations.fault;

  it("P05 maps on fault what the sender has put there, by its offset; SIGBUS where there is nothing", () => {
    const w = world();
    const binder = open(w, "lazy_binder");
    w.as(2, w.k.lazyUseRange(binder, 0, 1));
    expect(w.table.get(pteAt(binder.mm, AT))).toBeNull();
    expect(w.as(1, w.k.pageFault(binder.mm, AT, false))).toBe("ok");
    expect(w.table.get(pteAt(binder.mm, AT))).toMatchObject({ page: w.table.get(binderPage.of(0, 0))!.page });
    expect(w.as(1, w.k.pageFault(binder.mm, AT + PAGE, false))).toBe("SIGBUS");
    expect([...w.broken(1), ...w.broken(2)]).toEqual([]);
  });

  it("P05 maps before the return, and leaves a moved buffer to the fault", () => {
    const w = world();
    const binder = open(w, "lazy_binder");
    w.as(2, w.k.lazyUseRange(binder, 0, 1));
    expect(w.as(1, w.k.lazyInstallOnReturn(binder, lazyBinderGenerations.return, 0))).toBe(0);
    expect(w.table.get(pteAt(binder.mm, AT))).not.toBeNull();
    const moved = { start: AT, oldLength: 2 * PAGE, newLength: 2 * PAGE, to: 16 * AT, dontUnmap: false };
    expect(w.as(1, w.k.mremap(binder.mm, moved))).toBe(16 * AT);
    expect(w.as(1, w.k.lazyInstallOnReturn(binder, lazyBinderGenerations.return, 0))).toBe(ERRNO.ESRCH);
    expect(w.as(1, w.k.pageFault(binder.mm, 16 * AT, false))).toBe("ok");
    expect([...w.broken(1), ...w.broken(2)]).toEqual([]);
  });

  it("frees by its worker, wherever the page is mapped, unless a sender wants it first", () => {
    const w = world();
    const binder = open(w, "lazy_binder");
    w.as(2, w.k.lazyUseRange(binder, 0, 1));
    w.as(1, w.k.pageFault(binder.mm, AT, false));
    w.as(2, w.k.lazyStopUsingRange(binder, 0, 1));
    expect(w.as(2, w.k.lazyShrinkScan(binder))).toBe(1);
    expect(w.table.get(lazyReclaim.of(binder.alloc))).toEqual([0]);
    w.as(2, w.k.lazyUseRange(binder, 0, 1));
    expect(w.as(2, w.k.lazyReclaimOne(binder, gen))).toBe(false);
    w.as(2, w.k.lazyStopUsingRange(binder, 0, 1));
    w.as(2, w.k.lazyShrinkScan(binder));
    expect(w.as(2, w.k.lazyReclaimOne(binder, gen))).toBe(true);
    expect(w.table.get(pteAt(binder.mm, AT))).toBeNull();
    expect(w.as(1, w.k.pageFault(binder.mm, AT, false))).toBe("SIGBUS");
    expect(() => w.as(2, w.k.lazyWorker(binder, gen))).toThrow(/blocked/);
    expect([...w.broken(1), ...w.broken(2)]).toEqual([]);
  });
});

describe("ashmem", () => {
  const map = (w: World, mm: number, flags: number): number =>
    w.as(1, w.k.mmap(mm, { start: AT, length: PAGE, flags, ops: "ashmem", owner: "ashmem0" }));

  it("P18 refuses what its mask does not have, and puts it out of reach", () => {
    const w = world();
    const mm = w.mm(1);
    expect(map(w, mm, VM.READ)).toBe(ERRNO.EINVAL);
    expect(w.as(1, w.k.ashmemSetSize(0, PAGE, true))).toBe(0);
    expect(w.as(1, w.k.ashmemSetProtMask(0, VM.READ))).toBe(0);
    expect(w.as(1, w.k.ashmemSetProtMask(0, VM.READ | VM.WRITE))).toBe(ERRNO.EINVAL);
    expect(map(w, mm, VM.READ | VM.WRITE)).toBe(ERRNO.EPERM);
    expect(map(w, mm, VM.READ)).toBe(AT);
    const { vma } = lookup(w, mm, AT)!;
    expect(w.table.get(vmaFlags.of(vma)) & (VM.MAYREAD | VM.MAYWRITE | VM.MAYEXEC)).toBe(VM.MAYREAD);
    expect(w.as(1, w.k.mprotect(mm, AT, PAGE, VM.READ | VM.WRITE))).toBe(ERRNO.EACCES);
    expect(w.as(1, w.k.ashmemSetSize(0, 2 * PAGE, true))).toBe(ERRNO.EINVAL);
    expect([...w.broken(1), ...ends(w)]).toEqual([]);
  });

  it("P18 clears all three for a mask of nothing", () => {
    const w = world();
    const mm = w.mm(1);
    w.as(1, w.k.ashmemSetSize(0, PAGE, false));
    w.as(1, w.k.ashmemSetProtMask(0, 0));
    expect(map(w, mm, 0)).toBe(AT);
    const { vma } = lookup(w, mm, AT)!;
    expect(w.table.get(vmaFlags.of(vma)) & (VM.MAYREAD | VM.MAYWRITE | VM.MAYEXEC)).toBe(0);
    expect(w.table.get(ashmemArea.of(0)).fileSize).toBe(PAGE);
  });
});

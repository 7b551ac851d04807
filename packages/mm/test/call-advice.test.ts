import { describe, expect, it } from "vitest";
import { ERRNO, type Failure, pageCache, pteAt, type Steps, VM, vmaFlags, vmaTree } from "../src/index.ts";
import type { Context, VmOps } from "../src/kernel/context.ts";
import { madviseFlags } from "../src/kernel/madvise.ts";
import { mmap } from "../src/kernel/mmap.ts";
import { mremap } from "../src/kernel/mremap.ts";
import { faultError, mmPopulate } from "../src/kernel/populate.ts";
import { mlock } from "../src/kernel/mlock.ts";
import { mprotect } from "../src/kernel/mprotect.ts";
import { munmap } from "../src/kernel/munmap.ts";
import { vmaAnonVma } from "../src/objects/anon-vma.ts";
import { inodeShmem, inodeSize } from "../src/objects/file.ts";
import type { Value } from "../src/store/value.ts";
import { answered } from "./answered.ts";
import { AT, lookup, mapAt, PAGE, RW } from "./mappings.ts";
import { World } from "./world.ts";

// What no list of calls can show of madvise and its like: seals, page frames, drivers that refuse, shortage of memory.

const START = BigInt(AT);
const LENGTH = BigInt(PAGE);
const [DONTNEED, FREE, WILLNEED, DONTFORK, WIPEONFORK, COLD, COLLAPSE, GUARD, UNGUARD] = [
  4, 8, 3, 10, 18, 20, 25, 102, 103,
];

function world(profile = "linux-6.18", options = {}): { w: World; mm: number } {
  const w = new World(3, profile, options);
  return { w, mm: w.mm(1) };
}

const advise = (w: World, mm: number, advice: number, length = LENGTH): number =>
  w.as(1, w.k.sysMadvise(mm, START, length, advice));

describe("advice on whole pages", () => {
  type Call = (w: World, mm: number, start: number, length: number) => Steps<number>;
  const CALLS: readonly (readonly [string, Call])[] = [
    ["MADV_DONTNEED", (w, mm, start, length) => w.k.madviseDontneed(mm, start, length)],
    ["MADV_RANDOM", (w, mm, start, length) => w.k.madviseFlags(mm, start, length, "RANDOM")],
    ["MADV_COLD", (w, mm, start, length) => w.k.madvisePages(mm, start, length, "COLD")],
    ["MADV_POPULATE_READ", (w, mm, start, length) => w.k.madvisePopulate(mm, start, length, false)],
    ["MADV_GUARD_REMOVE", (w, mm, start, length) => w.k.madviseGuard(mm, start, length, false)],
  ];

  // mm/madvise.c, is_valid_madvise()
  it.each(CALLS)("%s: what is no range is -EINVAL before a lock is asked for", (_name, call) => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1);
    for (const [start, length] of [
      [AT + 1, PAGE],
      [AT, -PAGE],
      [-PAGE, PAGE],
    ] as const)
      expect(answered(w, call(w, mm, start, length), {})).toEqual({ result: ERRNO.EINVAL, ops: [] });
  });

  it.each(CALLS)("%s: no length is 0, and so is address 0", (_name, call) => {
    const { w, mm } = world();
    mapAt(w, mm, 0, 1);
    expect(w.as(1, call(w, mm, AT, 0))).toBe(0);
    expect(w.as(1, call(w, mm, 0, PAGE))).toBe(0);
  });
});

describe("advice about sealed memory that may not be written", () => {
  function sealed(flags: number): { w: World; mm: number } {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1, flags);
    w.as(1, w.k.mseal(mm, AT, PAGE));
    return { w, mm };
  }

  // mm/madvise.c, can_madvise_modify(): asked before everything that an advice looks at itself
  it.each([
    ["MADV_DONTNEED of locked memory", DONTNEED, VM.READ | VM.LOCKED],
    ["MADV_FREE of locked memory", FREE, VM.READ | VM.LOCKED],
    ["MADV_GUARD_INSTALL of locked memory", GUARD, VM.READ | VM.LOCKED],
    ["MADV_DONTFORK that is set", DONTFORK, VM.READ | VM.DONTCOPY],
    ["MADV_WIPEONFORK", WIPEONFORK, VM.READ],
  ])("%s is -EPERM", (_name, advice, flags) => {
    const { w, mm } = sealed(flags);
    expect(advise(w, mm, advice)).toBe(ERRNO.EPERM);
  });

  it.each([
    ["MADV_RANDOM", 1],
    ["MADV_DONTDUMP", 16],
    ["MADV_KEEPONFORK", 19],
    ["MADV_COLD", COLD],
  ])("%s loses nothing", (_name, advice) => {
    const { w, mm } = sealed(VM.READ);
    expect(advise(w, mm, advice)).toBe(0);
  });

  it("is its own business where it is no anonymous memory", () => {
    const { w, mm } = world();
    const slot = w.as(1, w.k.doDentryOpen(0, "", ""));
    w.as(1, w.k.mmap(mm, { start: AT, length: PAGE, flags: VM.READ, ops: "", owner: "", file: slot }));
    w.as(1, w.k.mseal(mm, AT, PAGE));
    expect(advise(w, mm, DONTNEED)).toBe(0);
    const driver = world();
    mapAt(driver.w, driver.mm, AT, 1, VM.READ, "drv");
    driver.w.as(1, driver.w.k.mseal(driver.mm, AT, PAGE));
    expect(advise(driver.w, driver.mm, DONTNEED)).toBe(0);
  });
});

describe("advice about page frames", () => {
  // mm/madvise.c, madvise_guard_remove(), is_valid_guard_vma()
  it.each(["PFNMAP", "IO", "MIXEDMAP", "DONTEXPAND"] as const)("VM_%s has no guards: -EINVAL", (flag) => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1, RW | VM[flag]);
    expect(advise(w, mm, GUARD)).toBe(ERRNO.EINVAL);
    expect(advise(w, mm, UNGUARD)).toBe(ERRNO.EINVAL);
  });

  // mm/gup.c, check_vma_flags(); mm/madvise.c, madvise_populate()
  it.each(["PFNMAP", "IO"] as const)("VM_%s cannot be populated: -EINVAL", (flag) => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1, RW | VM[flag]);
    expect(advise(w, mm, 22)).toBe(ERRNO.EINVAL);
  });

  // mm/mlock.c, mlock_fixup(): VM_SPECIAL is left as it is
  it.each(["PFNMAP", "IO", "MIXEDMAP", "DONTEXPAND"] as const)(
    "VM_%s is not locked, and nothing is refused",
    (flag) => {
      const { w, mm } = world();
      mapAt(w, mm, AT, 1, RW | VM[flag]);
      expect(w.as(1, w.k.sysMlock(mm, START, LENGTH, true))).toBe(0);
      expect(w.table.get(vmaFlags.of(lookup(w, mm, AT)!.vma)) & VM.LOCKED).toBe(0);
    },
  );
});

describe("MADV_WIPEONFORK", () => {
  // mm/madvise.c, madvise_vma_behavior(): `vma->vm_file || vma->vm_flags & VM_SHARED`
  it("of shared memory is -EINVAL", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1, RW | VM.SHARED);
    expect(advise(w, mm, WIPEONFORK)).toBe(ERRNO.EINVAL);
  });
});

describe("mlock of whole pages", () => {
  it.each([
    [-PAGE, PAGE],
    [AT, -PAGE],
    [AT + 1, PAGE],
  ])("%d, %d is -EINVAL", (start, length) => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1);
    expect(w.as(1, w.k.mlock(mm, start, length, true))).toBe(ERRNO.EINVAL);
  });

  it("begins at address 0", () => {
    const { w, mm } = world();
    mapAt(w, mm, 0, 1);
    expect(w.as(1, w.k.mlock(mm, 0, PAGE, true))).toBe(0);
  });

  // mm/gup.c, __mm_populate(): what drivers have mapped has all its pages
  it.each([
    ["PFNMAP", true],
    ["IO", true],
    ["MIXEDMAP", false],
    ["DONTEXPAND", false],
  ] as const)("faults in no page frames: VM_%s", (flag, left) => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1, RW | VM[flag]);
    expect(w.as(1, mmPopulate(w.k, mm, AT, AT + PAGE, true))).toBe(0);
    expect(w.table.get(pteAt(mm, AT)) === null).toBe(left);
  });
});

describe("MADV_COLLAPSE", () => {
  // mm/khugepaged.c, madvise_collapse(): thp_vma_allowable_order()
  it("of a whole table of anonymous memory is -EINVAL where there are no huge pages", () => {
    const { w, mm } = world();
    mapAt(w, mm, 0x20_0000, 512);
    expect(w.as(1, w.k.madvisePages(mm, 0x20_0000, 0x20_0000, "COLLAPSE"))).toBe(ERRNO.EINVAL);
    expect(advise(w, mm, COLLAPSE)).toBe(ERRNO.ENOMEM);
  });
});

describe("MADV_WILLNEED", () => {
  function fileAt(shmem: boolean): { w: World; mm: number } {
    const { w, mm } = world();
    const slot = w.as(1, w.k.doDentryOpen(0, "", ""));
    w.table.apply(
      new Map<never, Value>([
        [inodeShmem.of(0) as never, shmem],
        [inodeSize.of(0) as never, PAGE],
      ]),
    );
    w.as(1, w.k.mmap(mm, { start: AT, length: 2 * PAGE, flags: VM.READ, ops: "", owner: "", file: slot }));
    return { w, mm };
  }

  // mm/madvise.c, madvise_willneed(); mm/readahead.c: nothing behind the end of the file
  it("reads what there is of a file on disk, and nothing of shmem", () => {
    const disk = fileAt(false);
    expect(advise(disk.w, disk.mm, WILLNEED, 2n * LENGTH)).toBe(0);
    expect(disk.w.table.get(pageCache.of(0, 0))).not.toBeNull();
    expect(disk.w.table.get(pageCache.of(0, 1))).toBeNull();
    const shmem = fileAt(true);
    expect(advise(shmem.w, shmem.mm, WILLNEED, 2n * LENGTH)).toBe(0);
    expect(shmem.w.table.get(pageCache.of(0, 0))).toBeNull();
  });
});

describe("guards that faults keep filling", () => {
  // mm/madvise.c, MAX_MADVISE_GUARD_RETRIES
  it("are tried four times, then it is -EAGAIN", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1);
    const { result, ops } = answered(w, w.k.sysMadvise(mm, START, LENGTH, GUARD), { guard_install_set_pte: false });
    expect(result).toBe(ERRNO.EAGAIN);
    expect(ops.filter((op) => op === "guard_install_set_pte")).toHaveLength(4);
  });

  it("are there when the fourth try succeeds", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1);
    const answers = { guard_install_set_pte: (asked: number) => (asked < 3 ? false : undefined) };
    expect(answered(w, w.k.sysMadvise(mm, START, LENGTH, GUARD), answers).result).toBe(0);
    expect(w.table.get(pteAt(mm, AT))).toEqual({ kind: "marker", marker: "guard" });
  });
});

describe("a core dump that walks the VMAs", () => {
  // mm/madvise.c before 5.10: mmget_still_valid()
  it("keeps advice that changes flags away: -EINTR, and the lock is let go of", () => {
    const { w, mm } = world("linux-5.4", { coredump: "still-valid-all" });
    mapAt(w, mm, AT, 1);
    const { result, ops } = answered(w, w.k.sysMadvise(mm, START, LENGTH, 1), { mmget_still_valid: false });
    expect(result).toBe(ERRNO.EINTR);
    expect(ops).toEqual(["mmap_write_lock", "mmget_still_valid", "mmap_write_unlock"]);
  });
});

const REFUSED = ERRNO.EBUSY;

/** Four pages of it; edges are refused from this address on, or below it. */
function uncut(refuses: (address: number) => boolean): { w: World; mm: number; k: Context } {
  const { w, mm } = world();
  mapAt(w, mm, AT, 4, RW, "drv");
  const maySplit: NonNullable<VmOps["maySplit"]> = function* (_k, _vma, address) {
    return refuses(address) ? REFUSED : 0;
  };
  return { w, mm, k: { knobs: w.k.knobs, vmOps: new Map([["drv", { maySplit }]]) } };
}

describe("a driver that lets nobody cut its memory", () => {
  const CALLS: readonly (readonly [string, (k: Context, mm: number) => Steps<number>])[] = [
    ["munmap", (k, mm) => munmap(k, mm, AT + PAGE, PAGE)],
    ["mprotect", (k, mm) => mprotect(k, mm, AT + PAGE, PAGE, VM.READ)],
    ["mlock", (k, mm) => mlock(k, mm, AT + PAGE, PAGE, true)],
    ["madvise", (k, mm) => madviseFlags(k, mm, AT + PAGE, PAGE, "RANDOM")],
  ];

  // mm/vma.c, __split_vma(): vm_ops->may_split
  it.each(CALLS)("%s says what it says of the first edge, and nothing is cut", (_name, call) => {
    const { w, mm, k } = uncut((address) => address === AT + PAGE);
    expect(w.as(1, call(k, mm))).toBe(REFUSED);
    expect(w.table.get(vmaTree.of(mm))).toHaveLength(1);
    expect(w.broken(1)).toEqual([]);
  });

  it.each(CALLS)("%s says what it says of the second edge", (_name, call) => {
    const { w, mm, k } = uncut((address) => address === AT + 2 * PAGE);
    expect(w.as(1, call(k, mm))).toBe(REFUSED);
    expect(w.table.get(vmaTree.of(mm))).toHaveLength(2);
    expect(w.broken(1)).toEqual([]);
  });

  it.each(CALLS)("%s ends there, with a gap behind as well", (_name, call) => {
    const { w, mm, k } = uncut(() => true);
    expect(w.as(1, call(k, mm))).toBe(REFUSED);
  });
});

describe("a driver that lets nobody cut its memory, and mremap", () => {
  // mm/mremap.c, prep_move_vma()
  it.each([
    ["the first edge", AT + PAGE],
    ["the second edge", AT + 2 * PAGE],
  ])("says what it says of %s, and nothing is cut", (_name, edge) => {
    const { w, mm, k } = uncut((address) => address === edge);
    const move = { start: AT + PAGE, oldLength: PAGE, newLength: PAGE, to: AT + 16 * PAGE, dontUnmap: false };
    expect(w.as(1, mremap(k, mm, move))).toBe(REFUSED);
    expect(w.table.get(vmaTree.of(mm))).toHaveLength(1);
  });

  // mm/mlock.c, apply_vma_lock_flags(): the first error ends it
  it("keeps mlock from what lies behind", () => {
    const { w, mm, k } = uncut((address) => address === AT + PAGE);
    mapAt(w, mm, AT + 4 * PAGE, 2);
    expect(w.as(1, mlock(k, mm, AT + PAGE, 8 * PAGE, true))).toBe(REFUSED);
    expect(w.table.get(vmaFlags.of(lookup(w, mm, AT + 4 * PAGE)!.vma)) & VM.LOCKED).toBe(0);
  });
});

describe("a driver and others at once", () => {
  const failing = (k: Context): Context => ({ vmOps: k.vmOps, knobs: { ...k.knobs, injectFailures: ["vma"] } });

  // mm/vma.c, __split_vma(): may_split() is asked before vm_area_dup()
  it("is asked before memory runs out", () => {
    const { w, mm, k } = uncut(() => true);
    expect(answered(w, munmap(failing(k), mm, AT + PAGE, PAGE), { should_fail: true }).result).toBe(REFUSED);
  });

  // mm/vma.c, can_merge_remove_vma(): vm_ops->close wants to see the end of every VMA
  it("keeps a VMA that it wants to hear of, when a new range comes between two", () => {
    const { w, mm } = world();
    const slot = w.as(1, w.k.doDentryOpen(0, "drv", "drv0"));
    const map = (vmOps: Context["vmOps"], page: number): number => {
      const range = { start: AT + page * PAGE, length: PAGE, flags: RW | VM.SHARED, ops: "drv", owner: "drv0" };
      return w.as(1, mmap({ knobs: w.k.knobs, vmOps }, mm, { ...range, pgoff: page, file: slot }));
    };
    const close: NonNullable<VmOps["close"]> = function* () {
      return null;
    };
    const careful = new Map([["drv", { close }]]);
    for (const page of [0, 2, 1]) expect(map(careful, page)).toBe(AT + page * PAGE);
    expect(w.table.get(vmaTree.of(mm)).map(({ start }) => start)).toEqual([AT, AT + 2 * PAGE]);
    for (const page of [4, 6, 5]) expect(map(new Map(), page)).toBe(AT + page * PAGE);
    expect(w.table.get(vmaTree.of(mm))).toHaveLength(3);
  });

  // mm/vma.c, vma_merge_existing_range(): a boundary may shift, but no VMA with vm_ops->close goes
  it("keeps a VMA that it wants to hear of, when its rights become those beside it", () => {
    const { w, mm } = world();
    const slot = w.as(1, w.k.doDentryOpen(0, "drv", "drv0"));
    const close: NonNullable<VmOps["close"]> = function* () {
      return null;
    };
    const k: Context = { knobs: w.k.knobs, vmOps: new Map([["drv", { close }]]) };
    const range = { start: AT, length: 4 * PAGE, flags: RW | VM.SHARED, ops: "drv", owner: "drv0", file: slot };
    expect(w.as(1, mmap(k, mm, range))).toBe(AT);
    const starts = (): number[] => w.table.get(vmaTree.of(mm)).map(({ start }) => (start - AT) / PAGE);
    const protect = (page: number, pages: number, prot: number): number =>
      w.as(1, mprotect(k, mm, AT + page * PAGE, pages * PAGE, prot));
    expect(protect(2, 2, VM.READ)).toBe(0);
    expect(protect(2, 1, RW)).toBe(0);
    expect(starts()).toEqual([0, 3]);
    expect(protect(3, 1, RW)).toBe(0);
    expect(starts()).toEqual([0, 3]);
  });

  // mm/vma.c, call_mmap_prepare()
  it("may refuse before there is a VMA, beside what it would merge with", () => {
    const { w, mm } = world("linux-6.18");
    mapAt(w, mm, AT, 1);
    const mmapPrepare: NonNullable<VmOps["mmapPrepare"]> = function* () {
      return REFUSED;
    };
    const range = { start: AT + PAGE, length: PAGE, flags: RW, ops: "drv", owner: "drv0" };
    const k: Context = { knobs: w.k.knobs, vmOps: new Map([["drv", { mmapPrepare }]]) };
    expect(w.as(1, mmap(k, mm, range))).toBe(REFUSED);
    expect(w.table.get(vmaTree.of(mm))).toHaveLength(1);
  });

  // mm/vma.c, anon_vma_compatible(): vm_file, which a driver's memory has
  it("shares no anon_vma with anonymous memory beside it", () => {
    const { w, mm } = world();
    const own = mapAt(w, mm, AT, 1);
    const range = { start: AT + PAGE, length: PAGE, flags: RW, ops: "drv", owner: "drv0", pgoff: AT / PAGE + 1 };
    w.as(1, w.k.mmap(mm, range));
    const other = lookup(w, mm, AT + PAGE)!;
    w.as(1, w.k.mmapReadLock(mm));
    for (const vma of [own, other]) w.as(1, w.k.anonVmaPrepare(vma));
    w.as(1, w.k.mmapReadUnlock(mm));
    expect(w.table.get(vmaAnonVma.of(own.vma))).not.toBeNull();
    expect(w.table.get(vmaAnonVma.of(other.vma))).not.toBe(w.table.get(vmaAnonVma.of(own.vma)));
  });
});

describe("what is faulted in", () => {
  // mm/gup.c, __mm_populate(): `ignore_errors` goes on with the next VMA
  it("goes on behind what may not be accessed, where errors are ignored", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1, 0);
    mapAt(w, mm, AT + PAGE, 1);
    expect(w.as(1, mmPopulate(w.k, mm, AT, AT + 2 * PAGE, true))).toBe(0);
    expect(w.table.get(pteAt(mm, AT + PAGE))).not.toBeNull();
    w.as(1, w.k.munmap(mm, AT + PAGE, PAGE));
    mapAt(w, mm, AT + PAGE, 1);
    expect(w.as(1, mmPopulate(w.k, mm, AT, AT + 2 * PAGE, false))).toBe(ERRNO.EFAULT);
    expect(w.table.get(pteAt(mm, AT + PAGE))).toBeNull();
  });

  // mm/gup.c, check_vma_flags(): arch_vma_access_permitted() of memory that may only be executed, with protection keys
  it("is not what may only be executed, with protection keys, even where it is there", () => {
    const { w, mm } = world("linux-6.18", { pku: true });
    mapAt(w, mm, AT, 1);
    w.as(1, w.k.pageFault(mm, AT, true));
    w.as(1, w.k.sysMprotect(mm, START, LENGTH, 4n));
    expect(w.as(1, w.k.sysMlock(mm, START, LENGTH, true))).toBe(ERRNO.ENOMEM);
  });

  // mm/madvise.c, madvise_guard_install(): table by table
  it("and guards go over the edge of a page table", () => {
    const { w, mm } = world();
    mapAt(w, mm, 0x1f_f000, 2);
    expect(w.as(1, w.k.madviseGuard(mm, 0x1f_f000, 2 * PAGE, true))).toBe(0);
    for (const address of [0x1f_f000, 0x20_0000])
      expect(w.table.get(pteAt(mm, address))).toEqual({ kind: "marker", marker: "guard" });
  });

  // mm/madvise.c, do_madvise(): `end == start` is 0 at once
  it("is nothing, with no lock, for advice of no length", () => {
    const { w, mm } = world();
    expect(answered(w, w.k.sysMadvise(mm, START, 0n, DONTNEED), {})).toEqual({ result: 0, ops: [] });
  });
});

describe("no memory", () => {
  const short = (failure: Failure, pages = 2): { w: World; mm: number } => {
    const { w, mm } = world("linux-6.18", { injectFailures: [failure] });
    expect(
      answered(w, w.k.mmap(mm, { start: AT, length: pages * PAGE, flags: RW, ops: "", owner: "" }), {
        should_fail: false,
      }).result,
    ).toBe(AT);
    return { w, mm };
  };

  // mm/mlock.c, __mlock_posix_error_return()
  it("mlock that cannot fault pages in is -EAGAIN", () => {
    const { w, mm } = short("page");
    expect(answered(w, w.k.sysMlock(mm, START, LENGTH, true), { should_fail: true }).result).toBe(ERRNO.EAGAIN);
  });

  // mm/vma.c, vms_gather_munmap_vmas() comes before what may fail for want of memory
  it("a seal is told before it runs out", () => {
    for (const failure of ["accounting", "maple"] as const) {
      const { w, mm } = short(failure);
      expect(w.as(1, w.k.mseal(mm, AT, PAGE))).toBe(0);
      const over = w.k.mmap(mm, { start: AT, length: PAGE, flags: RW, ops: "", owner: "" });
      expect(answered(w, over, { should_fail: true }).result).toBe(ERRNO.EPERM);
      expect(answered(w, w.k.sysMunmap(mm, START, LENGTH), { should_fail: true }).result).toBe(ERRNO.EPERM);
    }
  });

  // mm/mmap.c before 6.12, mmap_region(): do_vmi_munmap() first, and its error is the call's
  it.each(["linux-6.1", "linux-6.6", "linux-6.12"])(
    "%s: a VMA that cannot be cut is not mapped over: -ENOMEM",
    (profile) => {
      const { w, mm } = world(profile, { injectFailures: ["vma"] });
      const map = (start: number, pages: number, fail: boolean): number => {
        const steps = w.k.mmap(mm, { start, length: pages * PAGE, flags: RW, ops: "", owner: "" });
        return answered(w, steps, { should_fail: fail }).result;
      };
      expect(map(AT, 3, false)).toBe(AT);
      expect(map(AT + PAGE, 1, true)).toBe(ERRNO.ENOMEM);
      expect(w.table.get(vmaTree.of(mm)).map(({ start, end }) => [start, end])).toEqual([[AT, AT + 3 * PAGE]]);
    },
  );

  // include/linux/mm.h, vm_fault_to_errno()
  it.each([
    ["ok", 0],
    ["OOM", ERRNO.ENOMEM],
    ["SIGKILL", ERRNO.EINTR],
    ["SIGSEGV", ERRNO.EFAULT],
    ["SIGBUS", ERRNO.EFAULT],
  ] as const)("a fault that ends with %s is %d", (result, error) => {
    expect(faultError(result)).toBe(error);
  });

  // mm/madvise.c, madvise_vma_behavior(): -ENOMEM of a split is -EAGAIN; mm/mprotect.c and mm/mlock.c leave it
  it("a VMA that cannot be cut is -EAGAIN of madvise, -ENOMEM of others", () => {
    const { w, mm } = short("vma");
    const failing = (steps: Steps<number>): number => answered(w, steps, { should_fail: true }).result;
    expect(failing(w.k.sysMadvise(mm, START, LENGTH, 1))).toBe(ERRNO.EAGAIN);
    expect(failing(w.k.sysMprotect(mm, START, LENGTH, 1n))).toBe(ERRNO.ENOMEM);
    expect(failing(w.k.sysMlock(mm, START, LENGTH, true))).toBe(ERRNO.ENOMEM);
    expect(failing(w.k.sysMunmap(mm, START, LENGTH))).toBe(ERRNO.ENOMEM);
    expect(w.table.get(vmaTree.of(mm))).toHaveLength(1);
  });
});

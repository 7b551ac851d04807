import { describe, expect, it } from "vitest";
import { ERRNO, type Steps, TASK_SIZE, VM, vmaFlags, vmaSlot, vmaTree } from "../src/index.ts";
import { answered } from "./answered.ts";
import { AT, lookup, mapAt, PAGE, RW } from "./mappings.ts";
import { World } from "./world.ts";

// What no list of calls can show of the limits of a call: whole pages that are none, no room, flags that drivers set,
// kernels that nobody has recorded.

const START = BigInt(AT);
const LENGTH = BigInt(PAGE);

function world(profile = "linux-6.18", options = {}): { w: World; mm: number } {
  const w = new World(3, profile, options);
  return { w, mm: w.mm(1) };
}

const areas = (w: World, mm: number): number[][] => w.table.get(vmaTree.of(mm)).map(({ start, end }) => [start, end]);

describe("calls of whole pages", () => {
  type Call = (w: World, mm: number, start: number, length: number) => Steps<number>;
  const munmap: Call = (w, mm, start, length) => w.k.munmap(mm, start, length);
  const mremap: Call = (w, mm, start, length) =>
    w.k.mremap(mm, { start, oldLength: length, newLength: PAGE, to: null, dontUnmap: false });
  const none: readonly (readonly [string, Call, number, number])[] = [
    ["munmap, no page", munmap, AT + 1, PAGE],
    ["munmap, no length", munmap, AT, 0],
    ["munmap, a length below 0", munmap, AT, -PAGE],
    ["munmap, an address below 0", munmap, -PAGE, 2 * PAGE],
    ["munmap, beyond TASK_SIZE", munmap, TASK_SIZE - PAGE, 2 * PAGE],
    ["mremap, no page", mremap, AT + 1, PAGE],
    ["mremap, an old length below 0", mremap, AT, -PAGE],
    ["mremap, an address below 0", mremap, -PAGE, PAGE],
  ];

  // mm/vma.c, do_vmi_munmap(); mm/mremap.c, check_mremap_params()
  it.each(none)("%s: -EINVAL before the lock is asked for", (_name, call, start, length) => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1);
    expect(answered(w, call(w, mm, start, length), {})).toEqual({ result: ERRNO.EINVAL, ops: [] });
  });

  it("begin at address 0", () => {
    const { w, mm } = world();
    mapAt(w, mm, 0, 2);
    expect(w.as(1, munmap(w, mm, 0, PAGE))).toBe(0);
    expect(areas(w, mm)).toEqual([[PAGE, 2 * PAGE]]);
  });

  // mm/mremap.c, check_mremap_params(): MREMAP_DONTUNMAP wants one length and MREMAP_MAYMOVE
  it("mremap keeps the length of what it leaves behind", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 2);
    const left = { start: AT, oldLength: PAGE, to: null, dontUnmap: true };
    expect(w.as(1, w.k.mremap(mm, { ...left, newLength: 2 * PAGE, mayMove: true }))).toBe(ERRNO.EINVAL);
    expect(w.as(1, w.k.mremap(mm, { ...left, newLength: PAGE }))).toBe(ERRNO.EINVAL);
  });
});

describe("a place for what has none", () => {
  const map = (w: World, mm: number, pages: number): number =>
    w.as(
      1,
      w.k.sysMmap(mm, { address: 0n, length: LENGTH * BigInt(pages), prot: 0, flags: 0x22, file: null, offset: 0n }),
    );

  // mm/mmap.c, unmapped_area_topdown(): the highest gap that is long enough
  it("is the highest gap that is long enough, by the page", () => {
    const { w, mm } = world();
    const top = map(w, mm, 1) + PAGE;
    mapAt(w, mm, top - 4 * PAGE, 1);
    expect(map(w, mm, 3)).toBe(top - 7 * PAGE);
    expect(map(w, mm, 2)).toBe(top - 3 * PAGE);
    expect(map(w, mm, 1)).toBe(top - 8 * PAGE);
  });

  it("begins at the lowest address that may be mapped, and is -ENOMEM where that is taken", () => {
    const { w, mm } = world();
    const least = 0x1_0000;
    const top = map(w, mm, 1);
    mapAt(w, mm, least + 2 * PAGE, (top - least) / PAGE - 2, 0);
    expect(map(w, mm, 3)).toBe(ERRNO.ENOMEM);
    expect(map(w, mm, 2)).toBe(least);
    expect(map(w, mm, 1)).toBe(ERRNO.ENOMEM);
  });

  // mm/mremap.c, vrm_set_new_addr()
  it("mremap that leaves its VMA behind is -ENOMEM without one", () => {
    const { w, mm } = world();
    const half = 0x3000_0000_0000;
    mapAt(w, mm, AT, half / PAGE, 0);
    mapAt(w, mm, AT + half, (TASK_SIZE - AT - half) / PAGE, VM.READ);
    const [address, length, newAddress] = [START, BigInt(half), BigInt(AT + half)];
    const all = { address, oldLength: length, newLength: length, newAddress };
    expect(w.as(1, w.k.sysMremap(mm, { ...all, flags: 5n }))).toBe(ERRNO.ENOMEM);
    expect(areas(w, mm)).toHaveLength(2);
  });

  it("mremap grows in place up to TASK_SIZE", () => {
    const { w, mm } = world();
    const start = TASK_SIZE - 2 * PAGE;
    mapAt(w, mm, start, 1);
    const grow = (newLength: number): number =>
      w.as(1, w.k.mremap(mm, { start, oldLength: PAGE, newLength, to: null, dontUnmap: false }));
    expect(grow(3 * PAGE)).toBe(ERRNO.ENOMEM);
    expect(grow(2 * PAGE)).toBe(start);
  });

  it("mremap with a hint empties no place", () => {
    const { w, mm } = world();
    mapAt(w, mm, 0, 1);
    mapAt(w, mm, AT, 1);
    const left = { address: START, oldLength: LENGTH, newLength: LENGTH, flags: 5n, newAddress: 0n };
    expect(w.as(1, w.k.sysMremap(mm, left))).toBeGreaterThan(AT);
    expect(areas(w, mm)[0]).toEqual([0, PAGE]);
  });
});

describe("mremap", () => {
  // mm/mremap.c, check_prep_vma(): sealed memory first, whatever is asked
  it("of sealed memory that keeps its length in place is -EPERM", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1);
    w.as(1, w.k.mseal(mm, AT, PAGE));
    const stay = { address: START, oldLength: LENGTH, newLength: LENGTH, flags: 0n, newAddress: 0n };
    expect(w.as(1, w.k.sysMremap(mm, stay))).toBe(ERRNO.EPERM);
  });

  // mm/mremap.c, remap_move(): each VMA is looked at before what is in its way goes
  it("of sealed memory leaves what is in its way, and what lies before it moves", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1);
    mapAt(w, mm, AT + PAGE, 1, VM.READ);
    mapAt(w, mm, AT + 16 * PAGE, 2);
    w.as(1, w.k.mseal(mm, AT + PAGE, PAGE));
    const move = { address: START, oldLength: 2n * LENGTH, newLength: 2n * LENGTH, flags: 3n };
    expect(w.as(1, w.k.sysMremap(mm, { ...move, newAddress: START + 16n * LENGTH }))).toBe(ERRNO.EPERM);
    expect(areas(w, mm).map(([start]) => start! / PAGE - AT / PAGE)).toEqual([1, 16]);
    expect(areas(w, mm)[1]).toEqual([AT + 16 * PAGE, AT + 18 * PAGE]);
  });

  // mm/vma.c, copy_vma(): only what is private and was never faulted in is as if mapped there
  it("of shared memory keeps its offset", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 2, RW | VM.SHARED);
    const move = { start: AT + PAGE, oldLength: PAGE, newLength: PAGE, to: AT + 16 * PAGE, dontUnmap: false };
    expect(w.as(1, w.k.mremap(mm, move))).toBe(AT + 16 * PAGE);
    expect(w.table.get(vmaSlot.of(lookup(w, mm, AT + 16 * PAGE)!.vma)).pgoff).toBe(1);
  });

  // mm/mremap.c, check_prep_vma(): MREMAP_DONTUNMAP of what a driver has pinned is asked before the length
  it.each(["linux-6.12", "linux-6.18"])(
    "of a driver's memory that stays is -EINVAL, even beyond its end: %s",
    (profile) => {
      const { w, mm } = world(profile);
      mapAt(w, mm, AT, 1, RW | VM.DONTEXPAND);
      const left = { address: START, oldLength: 2n * LENGTH, newLength: 2n * LENGTH, flags: 5n, newAddress: 0n };
      expect(w.as(1, w.k.sysMremap(mm, left))).toBe(ERRNO.EINVAL);
    },
  );

  // mm/mremap.c, vma_to_resize() before 6.17, check_prep_vma(): what a driver has pinned does not grow, even into free space
  it.each(["linux-6.12", "linux-6.18"])("of a driver's memory that would grow is -EFAULT: %s", (profile) => {
    const { w, mm } = world(profile);
    mapAt(w, mm, AT, 1, RW | VM.DONTEXPAND);
    const grow = { address: START, oldLength: LENGTH, newLength: 2n * LENGTH, flags: 0n, newAddress: 0n };
    expect(w.as(1, w.k.sysMremap(mm, grow))).toBe(ERRNO.EFAULT);
    expect(areas(w, mm)).toEqual([[AT, AT + PAGE]]);
  });

  // fs/userfaultfd.c, mremap_userfaultfd_complete(): address 0 is no failure
  it("to address 0 is told to a monitor", () => {
    const { w, mm } = world("linux-6.18", { uffdEvents: true });
    mapAt(w, mm, AT, 1);
    const move = { address: START, oldLength: LENGTH, newLength: LENGTH, flags: 3n, newAddress: 0n };
    const { result, ops } = answered(w, w.k.sysMremap(mm, move), {
      userfaultfd_prep: (asked) => (asked === 0 ? 1 : null),
      userfaultfd_event_queue: null,
      userfaultfd_event_wait_completion: null,
    });
    expect(result).toBe(0);
    expect(ops).toContain("userfaultfd_event_queue");
    expect(ops).not.toContain("userfaultfd_event_cancel");
  });

  // mm/mremap.c, mremap_to() before 6.17: the tail is cut off before the VMA is looked for
  it.each([
    ["linux-6.12", ERRNO.EINVAL],
    ["linux-6.18", ERRNO.EFAULT],
  ])("onto itself, by an old length that wraps: %s", (profile, result) => {
    const { w, mm } = world(profile);
    mapAt(w, mm, AT, 1);
    const onto = { address: START, oldLength: 2n ** 64n - LENGTH, newLength: LENGTH, flags: 3n, newAddress: START };
    expect(w.as(1, w.k.sysMremap(mm, onto))).toBe(result);
    expect(areas(w, mm)).toEqual([]);
  });
});

describe("madvise of no length", () => {
  const OLD = [0, 4, 8, 18, 19];
  const ADVICE = [...OLD, 20, 21, 22, 23, 24, 25, 102, 103];
  const KNOWN: readonly (readonly [string, readonly number[]])[] = [
    ["linux-4.19", OLD],
    ["linux-5.4", [...OLD, 20, 21]],
    ["linux-6.1", [...OLD, 20, 21, 22, 23, 24, 25]],
    ["linux-6.12", [...OLD, 20, 21, 22, 23, 24, 25]],
    ["linux-6.14", ADVICE],
    ["linux-6.18", ADVICE],
  ];

  // mm/madvise.c, madvise_behavior_valid()
  it.each(KNOWN)("%s: is 0 for the advice that there is, else -EINVAL", (profile, known) => {
    const { w, mm } = world(profile);
    const zero = ADVICE.filter((advice) => w.as(1, w.k.sysMadvise(mm, START, 0n, advice)) === 0);
    expect(zero).toEqual(known);
    for (const advice of ADVICE.filter((one) => !known.includes(one)))
      expect(w.as(1, w.k.sysMadvise(mm, START, 0n, advice))).toBe(ERRNO.EINVAL);
  });
});

describe("what merges", () => {
  const mapped = (w: World, mm: number, at: number, pgoff: number, ops: string, flags = RW): void => {
    const owner = ops === "" ? "" : `${ops}0`;
    expect(w.as(1, w.k.mmap(mm, { start: at, length: PAGE, flags, ops, owner, pgoff }))).toBe(at);
  };

  // mm/vma.c, is_mergeable_vma(): vm_file; what a driver maps with no file that the model knows is like nothing else
  it("is nothing of a driver without a file", () => {
    const { w, mm } = world();
    mapped(w, mm, AT, 0, "drv");
    mapped(w, mm, AT + PAGE, 1, "drv");
    expect(areas(w, mm)).toHaveLength(2);
    expect(
      w.as(1, w.k.mremap(mm, { start: AT, oldLength: PAGE, newLength: PAGE, to: AT + 8 * PAGE, dontUnmap: false })),
    ).toBe(AT + 8 * PAGE);
    mapped(w, mm, AT + 9 * PAGE, 1, "drv");
    expect(areas(w, mm)).toHaveLength(3);
    const beside = { start: AT + PAGE, oldLength: PAGE, newLength: PAGE, dontUnmap: false };
    w.as(1, w.k.munmap(mm, AT + 9 * PAGE, PAGE));
    expect(w.as(1, w.k.mremap(mm, { ...beside, to: AT + 9 * PAGE }))).toBe(AT + 9 * PAGE);
    expect(areas(w, mm)).toHaveLength(2);
  });

  it("is what a driver's file has moved to beside its next page", () => {
    const { w, mm } = world();
    const slot = w.as(1, w.k.doDentryOpen(0, "drv", "drv0"));
    for (const [page, pgoff] of [
      [0, 0],
      [8, 1],
    ] as const) {
      const range = { start: AT + page * PAGE, length: PAGE, flags: RW | VM.SHARED, ops: "drv", owner: "drv0" };
      w.as(1, w.k.mmap(mm, { ...range, pgoff, file: slot }));
    }
    const move = { start: AT + 8 * PAGE, oldLength: PAGE, newLength: PAGE, to: AT + PAGE, dontUnmap: false };
    expect(w.as(1, w.k.mremap(mm, move))).toBe(AT + PAGE);
    expect(areas(w, mm)).toEqual([[AT, AT + 2 * PAGE]]);
  });

  // include/linux/mm.h, VM_SPECIAL; mm/vma.c, can_vma_merge_*()
  it.each(["IO", "DONTEXPAND", "PFNMAP", "MIXEDMAP"] as const)("is nothing with VM_%s", (flag) => {
    const { w, mm } = world();
    mapped(w, mm, AT, 0, "", RW | VM[flag]);
    mapped(w, mm, AT + PAGE, 0, "", RW | VM[flag]);
    expect(areas(w, mm)).toHaveLength(2);
  });

  // mm/vma.c, is_mergeable_vma(): vm_userfaultfd_ctx
  it("is nothing that two monitors watch", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1);
    mapAt(w, mm, AT + PAGE, 1, VM.READ);
    for (const [at, ctx] of [
      [AT, 1],
      [AT + PAGE, 2],
    ] as const)
      expect(w.as(1, w.k.userfaultfdRegister(mm, at, PAGE, ctx, "missing"))).toBe(0);
    expect(w.as(1, w.k.sysMprotect(mm, START + LENGTH, LENGTH, 3n))).toBe(0);
    expect(areas(w, mm)).toHaveLength(2);
    expect(w.as(1, w.k.userfaultfdUnregister(mm, AT, PAGE))).toBe(0);
    expect(areas(w, mm)).toHaveLength(2);
  });

  // mm/shmem.c: each mapping of shared anonymous memory has a file of its own, at any offset
  it("is shared memory without a file, but none of a driver", () => {
    const { w, mm } = world();
    mapped(w, mm, AT, 0, "", RW | VM.SHARED);
    mapped(w, mm, AT + PAGE, 5, "", RW | VM.SHARED);
    expect(areas(w, mm)).toHaveLength(1);
    mapped(w, mm, AT + 8 * PAGE, 0, "drv", RW | VM.SHARED);
    mapped(w, mm, AT + 9 * PAGE, 7, "drv", VM.READ | VM.SHARED);
    expect(w.as(1, w.k.sysMprotect(mm, START + 9n * LENGTH, LENGTH, 3n))).toBe(0);
    expect(areas(w, mm)).toHaveLength(3);
  });

  // mm/mmap.c, do_mmap(): only private memory counts from its address
  it("is shared memory at any offset, whose own begins at 0", () => {
    const { w, mm } = world();
    mapped(w, mm, AT, 0, "", RW | VM.SHARED);
    expect(w.table.get(vmaSlot.of(lookup(w, mm, AT)!.vma)).pgoff).toBe(0);
    expect(w.table.get(vmaFlags.of(lookup(w, mm, AT)!.vma)) & VM.SHARED).toBe(VM.SHARED);
  });
});

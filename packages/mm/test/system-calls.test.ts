import { describe, expect, it } from "vitest";
import { ERRNO, file, pteAt, type Steps, VM, vmaFlags, vmaTree } from "../src/index.ts";
import { answered } from "./answered.ts";
import { AT, lookup, mapAt, PAGE, RW } from "./mappings.ts";
import { World } from "./world.ts";

// What no list of calls can show of a system call: a signal, a seal, PR_SET_MDWE, references, which locks it takes.

const [START, LENGTH] = [BigInt(AT), BigInt(PAGE)];
const [FIXED, HINT, LOCKED, POPULATE] = [0x32, 0x22, 0x2000, 0x8000];

type Call = (w: World, mm: number) => Steps<number>;

const anonymous = (w: World, mm: number, prot: number, flags: number, address = START): Steps<number> =>
  w.k.sysMmap(mm, { address, length: LENGTH, prot, flags, file: null, offset: 0n });
const moved = (w: World, mm: number, flags: bigint, newAddress = 0n, newLength = LENGTH): Steps<number> =>
  w.k.sysMremap(mm, { address: START, oldLength: LENGTH, newLength, flags, newAddress });

function world(profile = "linux-6.18", options = {}): { w: World; mm: number } {
  const w = new World(3, profile, options);
  return { w, mm: w.mm(1) };
}

describe("a fatal signal while mmap_lock is waited for", () => {
  const CALLS: readonly (readonly [string, Call])[] = [
    ["mmap", (w, mm) => anonymous(w, mm, RW, FIXED)],
    ["munmap", (w, mm) => w.k.sysMunmap(mm, START, LENGTH)],
    ["munmap of what cannot be", (w, mm) => w.k.sysMunmap(mm, START, 0n)],
    ["mprotect", (w, mm) => w.k.sysMprotect(mm, START, LENGTH, 1n)],
    ["mremap", (w, mm) => moved(w, mm, 1n)],
    ["madvise that changes flags", (w, mm) => w.k.sysMadvise(mm, START, LENGTH, 10)],
    ["mlock", (w, mm) => w.k.sysMlock(mm, START, LENGTH, true)],
    ["munmap by whole pages", (w, mm) => w.k.munmap(mm, AT, PAGE)],
    ["mprotect by whole pages", (w, mm) => w.k.mprotect(mm, AT, PAGE, VM.READ)],
    ["mmap by whole pages", (w, mm) => w.k.mmap(mm, { start: AT, length: PAGE, flags: RW, ops: "", owner: "" })],
  ];

  // mm/mmap_lock.c, mmap_write_lock_killable()
  it.each(CALLS)("%s is -EINTR, and does nothing more", (_name, call) => {
    const { w, mm } = world("linux-6.18", { injectFailures: ["fatal-signal"] });
    mapAt(w, mm, AT, 1);
    const { result, ops } = answered(w, call(w, mm), {
      mmap_write_lock: false,
      mmap_write_lock_killable_slowpath: false,
    });
    expect(result).toBe(ERRNO.EINTR);
    expect(ops).toEqual(["mmap_write_lock", "mmap_write_lock_killable_slowpath"]);
    expect(w.broken(1)).toEqual([]);
  });
});

describe("PR_SET_MDWE of a process", () => {
  const RX = VM.READ | VM.EXEC;

  function careful(): { w: World; mm: number } {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1, VM.READ);
    w.as(1, w.k.mmFlagsSet(mm, "mdwe"));
    return { w, mm };
  }

  // mm/vma.c, mmap_region(): after do_mmap() has looked at type and file
  it("mmap refuses what can be written and executed with -EACCES, after the type", () => {
    const { w, mm } = careful();
    expect(w.as(1, anonymous(w, mm, RX | VM.WRITE, HINT))).toBe(ERRNO.EACCES);
    expect(w.as(1, anonymous(w, mm, RX | VM.WRITE, 0x30))).toBe(ERRNO.EINVAL);
    expect(w.as(1, anonymous(w, mm, RX, HINT))).toBeGreaterThan(0);
    expect(w.table.get(vmaTree.of(mm))).toHaveLength(2);
  });

  // mm/mprotect.c, do_mprotect_pkey(): VM_MAY* first, then this, then what security, seals and drivers say
  it("mprotect refuses to make executable with -EACCES, before the seal", () => {
    const { w, mm } = careful();
    expect(w.as(1, w.k.mseal(mm, AT, PAGE))).toBe(0);
    expect(w.as(1, w.k.sysMprotect(mm, START, LENGTH, 5n))).toBe(ERRNO.EACCES);
    expect(w.as(1, w.k.sysMprotect(mm, START, LENGTH, 3n))).toBe(ERRNO.EPERM);
    expect(w.as(1, w.k.sysMprotect(mm, START, LENGTH, 1n))).toBe(ERRNO.EPERM);
  });
});

describe("sealed memory", () => {
  const CALLS: readonly (readonly [string, Call])[] = [
    ["mmap over it", (w, mm) => anonymous(w, mm, RW, FIXED)],
    ["munmap", (w, mm) => w.k.sysMunmap(mm, START, LENGTH)],
    [
      "mremap that shrinks",
      (w, mm) =>
        w.k.sysMremap(mm, { address: START, oldLength: 2n * LENGTH, newLength: LENGTH, flags: 0n, newAddress: 0n }),
    ],
    ["mremap that grows", (w, mm) => moved(w, mm, 1n, 0n, 2n * LENGTH)],
    ["mremap to elsewhere", (w, mm) => moved(w, mm, 3n, START + 16n * LENGTH)],
    [
      "mremap onto it",
      (w, mm) =>
        w.k.sysMremap(mm, {
          address: START + 8n * LENGTH,
          oldLength: LENGTH,
          newLength: LENGTH,
          flags: 3n,
          newAddress: START,
        }),
    ],
  ];

  // mm/vma.c, vms_gather_munmap_vmas(); mm/mremap.c, check_prep_vma()
  it.each(CALLS)("%s is -EPERM, and it stays", (_name, call) => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 2);
    mapAt(w, mm, AT + 8 * PAGE, 1, VM.READ);
    expect(w.as(1, w.k.mseal(mm, AT, 2 * PAGE))).toBe(0);
    const before = w.table.get(vmaTree.of(mm)).map(({ start, end }) => [start, end]);
    expect(w.as(1, call(w, mm))).toBe(ERRNO.EPERM);
    expect(w.table.get(vmaTree.of(mm)).map(({ start, end }) => [start, end])).toEqual(before);
    expect(w.broken(1)).toEqual([]);
  });
});

describe("references on files", () => {
  // mm/util.c, ksys_mmap_pgoff(): fput() at its end
  it("mmap keeps the VMA's alone, whether it maps or not", () => {
    const { w, mm } = world();
    const slot = w.as(1, w.k.doDentryOpen(0, "", ""));
    const map = (length: bigint, flags: number): number =>
      w.as(1, w.k.sysMmap(mm, { address: START, length, prot: 1, flags, file: slot, offset: 0n }));
    expect(map(LENGTH, 0x10)).toBe(ERRNO.EINVAL);
    expect(w.table.get(file.of(slot)).refs).toEqual({ fd: 1 });
    expect(map(LENGTH, 0x12)).toBe(AT);
    expect(Object.values(w.table.get(file.of(slot)).refs)).toEqual([1, 1]);
  });

  // mm/vma.c, vma_complete(): fput() of what was swallowed
  it("what a merge swallows gives its own back", () => {
    const { w, mm } = world();
    const slot = w.as(1, w.k.doDentryOpen(0, "", ""));
    for (const page of [0, 2, 1]) {
      const at = { address: START + BigInt(page) * LENGTH, offset: BigInt(page) * LENGTH };
      w.as(1, w.k.sysMmap(mm, { ...at, length: LENGTH, prot: 1, flags: 0x12, file: slot }));
    }
    expect(w.table.get(vmaTree.of(mm))).toHaveLength(1);
    expect(Object.values(w.table.get(file.of(slot)).refs)).toEqual([1, 1]);
  });

  // mm/shmem.c, shmem_zero_setup(): the file is the VMA's
  it("shared anonymous memory has a file that goes with it", () => {
    const { w, mm } = world();
    expect(w.as(1, anonymous(w, mm, RW, 0x31))).toBe(AT);
    expect(w.as(1, w.k.sysMunmap(mm, START, LENGTH))).toBe(0);
    expect(w.table.get(file.of(1)).state).not.toBe("open");
    expect(w.table.get(file.of(0)).state).not.toBe("open");
  });
});

describe("what is faulted in when the call is over", () => {
  const READS = "mmap_read_lock";
  const reads = (w: World, steps: Steps<number>): { result: number; reads: number } => {
    const { result, ops } = answered(w, steps, {});
    return { result, reads: ops.filter((op) => op.startsWith(READS)).length };
  };

  // mm/util.c, vm_mmap_pgoff(): `populate` is set by a call that maps
  it("mmap that fails takes no read lock", () => {
    const { w, mm } = world();
    expect(reads(w, anonymous(w, mm, RW, 0x30 | POPULATE))).toEqual({ result: ERRNO.EINVAL, reads: 0 });
    expect(reads(w, anonymous(w, mm, RW, FIXED | POPULATE)).reads).toBeGreaterThan(0);
  });

  // mm/util.c, vm_mmap_pgoff(): IS_ERR_VALUE() of address 0 is false
  it("mmap at address 0 has its pages at once as anywhere", () => {
    const { w, mm } = world();
    expect(w.as(1, anonymous(w, mm, RW, FIXED | POPULATE, 0n))).toBe(0);
    expect(w.table.get(pteAt(mm, 0))).not.toBeNull();
  });

  // mm/mremap.c, notify_uffd() and its caller: mm_populate() of what has grown and is locked
  it("mremap that does not grow locked memory takes no read lock", () => {
    const { w, mm } = world();
    expect(w.as(1, anonymous(w, mm, RW, FIXED | LOCKED))).toBe(AT);
    expect(reads(w, moved(w, mm, 3n, START + 16n * LENGTH))).toEqual({ result: AT + 16 * PAGE, reads: 0 });
    expect(reads(w, moved(w, mm, 3n))).toEqual({ result: ERRNO.EFAULT, reads: 0 });
  });

  // mm/mlock.c, do_mlock(): an error ends it; munlock() faults nothing in
  it("mlock that fails, and munlock, take none", () => {
    const { w, mm } = world();
    expect(reads(w, w.k.sysMlock(mm, START, LENGTH, true))).toEqual({ result: ERRNO.ENOMEM, reads: 0 });
    mapAt(w, mm, AT, 1);
    expect(reads(w, w.k.sysMlock(mm, START, LENGTH, false))).toEqual({ result: 0, reads: 0 });
    expect(reads(w, w.k.sysMlock(mm, START, LENGTH, true)).reads).toBeGreaterThan(0);
  });
});

describe("munmap of what cannot be unmapped", () => {
  const BAD: readonly (readonly [string, bigint, bigint])[] = [
    ["no page", START + 1n, LENGTH],
    ["no length", START, 0n],
    ["an address beyond TASK_SIZE", 0x7fff_ffff_f000n + LENGTH, LENGTH],
    ["a length beyond TASK_SIZE", START, 0x7fff_ffff_f000n],
    ["no length beyond TASK_SIZE", 0x7fff_ffff_f000n + LENGTH, 0n],
  ];

  // mm/mmap.c, __vm_munmap(): do_vmi_munmap() looks at the range under the lock
  it.each(BAD)("%s: the lock is taken and let go of", (_name, address, length) => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1);
    const { result, ops } = answered(w, w.k.sysMunmap(mm, address, length), {});
    expect(result).toBe(ERRNO.EINVAL);
    expect(ops).toEqual(["mmap_write_lock", "mmap_write_unlock"]);
  });
});

describe("the end of the address space", () => {
  // mm/mmap.c, do_mmap(): `len > TASK_SIZE` is -ENOMEM; a length of just that may be mapped where nothing is
  it("mmap may be as long as all of it", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1);
    const map = (length: bigint): number =>
      w.as(1, w.k.sysMmap(mm, { address: 0n, length, prot: 0, flags: 0x10_0022, file: null, offset: 0n }));
    expect(map(0x7fff_ffff_f000n)).toBe(ERRNO.EEXIST);
    expect(map(0x8000_0000_0000n)).toBe(ERRNO.ENOMEM);
  });

  // mm/mremap.c, check_mremap_params(): `new_len > TASK_SIZE` is -EINVAL
  it("mremap may want as much, and finds no room", () => {
    const { w, mm } = world();
    mapAt(w, mm, AT, 1);
    expect(w.as(1, moved(w, mm, 1n, 0n, 0x7fff_ffff_f000n))).toBe(ERRNO.ENOMEM);
    expect(w.as(1, moved(w, mm, 1n, 0n, 0x8000_0000_0000n))).toBe(ERRNO.EINVAL);
    expect(w.table.get(vmaFlags.of(lookup(w, mm, AT)!.vma)) & RW).toBe(RW);
  });
});

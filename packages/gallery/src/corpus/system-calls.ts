import { fileMode, inodeShmem, inodeSize, PAGE_SIZE } from "@faultline/mm";
import type { SetupKernel } from "@faultline/interleave";
import type { CorpusItem } from "./item.ts";
import { AT, INODE, story } from "./process.ts";

const AT64 = BigInt(AT);
const PAGE64 = BigInt(PAGE_SIZE);
const [READ, WRITE, EXEC, GROWSDOWN] = [1, 2, 4, 0x100_0000] as const;
const [SHARED, PRIVATE, FIXED, ANONYMOUS, STACK] = [0x1, 0x2, 0x10, 0x20, 0x100] as const;
const [LOCKED, POPULATE, NOREPLACE] = [0x2000, 0x8000, 0x10_0000] as const;
const [MAYMOVE, MOVE_FIXED, DONTUNMAP] = [1n, 2n, 4n] as const;
const MAP_STACK = 0x2_0000;
const BYTE = 0x5a;
const CTX = 0;

/** Registers of mmap(2): `pages` at page `place` after AT. */
function at(place: number, pages: number, prot: number, flags: number, file: number | null = null) {
  const [address, length] = [AT64 + BigInt(place) * PAGE64, BigInt(pages) * PAGE64];
  return { address, length, prot, flags, file, offset: 0n };
}

const RW = READ | WRITE;
const FRESH = PRIVATE | FIXED | ANONYMOUS;

/** A file of two pages, the first of which begins with a byte. */
function fileOfTwo(k: SetupKernel): number {
  const file = k.run(k.doDentryOpen(INODE, "", ""));
  k.put(inodeSize.of(INODE), 2 * PAGE_SIZE);
  k.run(k.genericPerformWrite(INODE, 0, BYTE));
  return file;
}

/** System calls with their registers, as user code makes them. */
export const systemCalls: readonly CorpusItem[] = [
  story("calls/map-touch-unmap", {
    title: "memory is mapped where it is asked for and where there is room, touched, and unmapped",
    profile: "linux-6.18",
    profiles: ["linux-6.1", "linux-6.12"],
    expect: { clean: ["get_unmapped_area", "find_vma_intersection", "user_load", "user_store", "faultin_page"] },
    threads: {
      *process(k, mm) {
        yield* k.sysMmap(mm, at(0, 2, RW, FRESH | POPULATE));
        yield* k.sysMmap(mm, at(1, 2, RW, PRIVATE | ANONYMOUS | NOREPLACE));
        yield* k.sysMmap(mm, at(1, 1, READ, PRIVATE | ANONYMOUS));
        yield* k.sysMmap(mm, at(8, 1, READ, SHARED | FIXED | ANONYMOUS));
        yield* k.userTouch(mm, AT, null);
        yield* k.userTouch(mm, AT + 8 * PAGE_SIZE, BYTE);
        yield* k.userTouch(mm, AT + 16 * PAGE_SIZE, null);
        yield* k.sysMunmap(mm, AT64 + 1n, PAGE64);
        yield* k.sysMunmap(mm, AT64, 16n * PAGE64);
      },
    },
  }),
  story("calls/a-file", {
    title: "a file is mapped, copied by a write, and cut short",
    profile: "linux-6.18",
    expect: { clean: ["fget", "copy_user_highpage", "truncate_setsize", "folio_zero_range", "find_lock_entries"] },
    setup: fileOfTwo,
    threads: {
      *process(k, mm, file) {
        yield* k.sysMmap(mm, at(0, 3, RW, PRIVATE | FIXED, file));
        yield* k.userTouch(mm, AT, BYTE);
        yield* k.userTouch(mm, AT + PAGE_SIZE, null);
        yield* k.userTouch(mm, AT + 2 * PAGE_SIZE, null);
        yield* k.sysMadvise(mm, AT64, PAGE64, 3);
        yield* k.sysFtruncate(file, 1n);
        yield* k.sysFtruncate(file, 2n * PAGE64);
        yield* k.sysMunmap(mm, AT64, 3n * PAGE64);
      },
    },
  }),
  story("calls/a-memfd", {
    title: "a memfd has no disk to read ahead from, and may be opened for reading only",
    profile: "linux-6.18",
    expect: { clean: ["shmem_mapping", "zap_pte_range_cached"] },
    setup(k) {
      const file = fileOfTwo(k);
      k.put(inodeShmem.of(INODE), true);
      const reader = k.run(k.doDentryOpen(INODE, "", ""));
      k.put(fileMode.of(reader), "r");
      return { file, reader };
    },
    threads: {
      *process(k, mm, { file, reader }) {
        yield* k.sysMmap(mm, at(0, 2, RW, SHARED | FIXED, reader));
        yield* k.sysMmap(mm, at(0, 2, RW, SHARED | FIXED, file));
        yield* k.userTouch(mm, AT, null);
        yield* k.sysMadvise(mm, AT64, PAGE64, 3);
        yield* k.sysMadvise(mm, AT64, PAGE64, 9);
        yield* k.sysMunmap(mm, AT64, 2n * PAGE64);
      },
    },
  }),
  story("calls/locked", {
    title: "locked memory is there at once, also what it grows by and what becomes writable",
    profile: "linux-6.18",
    profiles: ["linux-6.1"],
    expect: { clean: ["populate_vma_page_range", "apply_vma_lock_flags", "expand_vma_in_place"] },
    threads: {
      *process(k, mm) {
        yield* k.sysMmap(mm, at(0, 1, READ, FRESH | LOCKED));
        yield* k.sysMprotect(mm, AT64, PAGE64, BigInt(RW));
        yield* k.sysMremap(mm, remap(0, 1, 2, 0n, 0));
        yield* k.sysMlock(mm, AT64, 2n * PAGE64, false);
        yield* k.sysMlock(mm, AT64 + 1n, PAGE64, true);
        yield* k.sysMmap(mm, at(4, 1, 0, FRESH));
        yield* k.sysMlock(mm, AT64 + 4n * PAGE64, PAGE64, true);
        yield* k.sysMremap(mm, remap(0, 2, 2, MAYMOVE | MOVE_FIXED | DONTUNMAP, 8));
        yield* k.sysMunmap(mm, AT64, 16n * PAGE64);
      },
    },
  }),
  story("calls/moved", {
    title: "what cannot grow in place moves where there is room",
    profile: "linux-6.18",
    profiles: ["linux-6.12"],
    expect: { clean: ["mremap_at", "mremap_to", "copy_vma", "get_unmapped_area"] },
    threads: {
      *process(k, mm) {
        yield* k.sysMmap(mm, at(0, 2, RW, FRESH));
        yield* k.userTouch(mm, AT, BYTE);
        yield* k.sysMmap(mm, at(2, 1, READ, FRESH));
        yield* k.sysMremap(mm, remap(0, 2, 3, MAYMOVE, 0));
        yield* k.sysMmap(mm, at(0, 1, RW, FRESH));
        yield* k.sysMremap(mm, remap(0, 1, 1, MAYMOVE | DONTUNMAP, 4));
        yield* k.sysMremap(mm, remap(0, 1, 2, 0n, 0));
      },
    },
  }),
  story("calls/killed", {
    title: "calls that wait for mmap_lock are killed",
    profile: "linux-6.18",
    kernel: { injectFailures: ["fatal-signal"] },
    expect: { clean: ["mmap_write_lock"] },
    threads: {
      *process(k, mm) {
        yield* k.sysMmap(mm, at(0, 1, RW, FRESH));
        yield* k.sysMprotect(mm, AT64, PAGE64, BigInt(READ));
        yield* k.sysMunmap(mm, AT64, 0n);
      },
    },
  }),
  story("calls/no-write-and-execute", {
    title: "an address space that has asked for it maps nothing writable and executable",
    profile: "linux-6.18",
    expect: { clean: ["mm_flags_test"] },
    setup: (k, mm) => k.run(k.mmFlagsSet(mm, "mdwe")),
    threads: {
      *process(k, mm) {
        yield* k.sysMmap(mm, at(0, 1, RW | EXEC, FRESH));
      },
    },
  }),
  story("calls/populated-by-a-monitor", {
    title: "memory that is to be there at once waits for the monitor that fills it",
    profile: "linux-6.18",
    expect: { clean: ["__mm_populate", "faultin_page", "handle_userfault", "mfill_atomic_copy"] },
    setup(k, mm) {
      k.run(k.sysMmap(mm, at(0, 1, RW, FRESH)));
      return k.run(k.userfaultfdRegister(mm, AT, PAGE_SIZE, CTX, "missing"));
    },
    threads: {
      *process(k, mm) {
        yield* k.sysMlock(mm, AT64, PAGE64, true);
      },
    },
    others: {
      *monitor(k, mm) {
        yield* k.uffdioCopy(mm, AT);
      },
    },
  }),
  story("calls/stack", {
    title: "the rights of a stack from where it begins, and of memory that may only be executed",
    profile: "linux-6.18",
    profiles: ["linux-6.1"],
    kernel: { pku: true },
    expect: { clean: ["do_mprotect_pkey", "access_error"] },
    threads: {
      *process(k, mm) {
        yield* k.sysMmap(mm, at(1, 2, RW, FRESH | STACK));
        yield* k.sysMmap(mm, at(5, 1, RW, FRESH | MAP_STACK));
        yield* k.sysMprotect(mm, AT64 + 2n * PAGE64, PAGE64, BigInt(READ | GROWSDOWN));
        yield* k.sysMprotect(mm, AT64 + PAGE64, PAGE64, BigInt(EXEC));
        yield* k.userTouch(mm, AT + PAGE_SIZE, null);
        yield* k.sysMprotect(mm, AT64 + 1n, PAGE64, 0n);
      },
    },
  }),
  story("calls/protection-keys", {
    title: "a machine with protection keys refuses only memory that may only be executed",
    profile: "linux-6.18",
    kernel: { pku: true },
    expect: { clean: ["do_anonymous_page_zero"] },
    setup: (k, mm) => k.run(k.sysMmap(mm, at(1, 1, READ, FRESH))),
    threads: {
      *process(k, mm) {
        yield* k.userTouch(mm, AT + PAGE_SIZE, null);
      },
    },
  }),
  story("calls/populated", {
    title: "memory is faulted in up to a gap, and behind it in older kernels",
    profile: "linux-6.18",
    profiles: ["linux-6.1"],
    expect: { clean: ["madvise_populate"] },
    threads: {
      *process(k, mm) {
        yield* k.sysMmap(mm, at(1, 1, RW, FRESH));
        yield* k.sysMadvise(mm, AT64, 2n * PAGE64, 23);
        yield* k.sysMadvise(mm, AT64 + PAGE64, PAGE64, 15);
      },
    },
  }),
];

/** Registers of mremap(2), in pages after AT. */
function remap(place: number, oldPages: number, newPages: number, flags: bigint, to: number) {
  return {
    address: AT64 + BigInt(place) * PAGE64,
    oldLength: BigInt(oldPages) * PAGE64,
    newLength: BigInt(newPages) * PAGE64,
    flags,
    newAddress: AT64 + BigInt(to) * PAGE64,
  };
}

import type { Failure } from "../objects/failure.ts";

/** What differs between kernels. A procedure asks the knob, never the version. */
export interface Knobs {
  /** Form of rwsems: `fair` as in the kernel; `plain` without a queue, for published benchmarks. */
  readonly rwsem: "fair" | "plain";
  /** Whether munmap turns mmap_lock into a read lock before it zaps (dd2283f2605e, e4bd84c069f2). */
  readonly munmapDowngrade: "never" | "unless-next-to-stack" | "always";
  /** Per-VMA locks: none; a rwsem with a sequence number and a detached flag; a reference count. */
  readonly vmaLock: "none" | "rwsem" | "refcnt";
  /** How VMAs go back to their slab: at once; after a grace period; at once, the memory staying VMAs (type-stable). */
  readonly vmaSlab: "at-once" | "call-rcu" | "typesafe";
  /** Whether vma_start_read compares the VMA's mm with the caller's (9bbffee67ffd). */
  readonly startReadChecksMm: boolean;
  /** Whether a failing vma_start_read leaves the RCU section (0b16f8bed19c). */
  readonly startReadDropsRcu: boolean;
  /** Whether lock_vma_under_rcu walks the tree anew after a retry, and does not reuse its cursor (270065f514c5). */
  readonly retryResetsCursor: boolean;
  /** mm_lock_seq: bumped when write locks end, or odd while they last. */
  readonly mmLockSeq: "int" | "seqcount";
  /** What faults run under the VMA lock: none, anonymous memory only, or all but drivers' handlers. */
  readonly faultUnderVma: "none" | "anonymous" | "most";
  /** How a stack grows on a fault: under the read lock (CVE-2023-3269), or under the write lock. */
  readonly stackExpand: "read" | "write";
  /** What a tree of VMAs is: maple nodes are replaced with every change; the red-black tree linked the VMAs. */
  readonly vmaTree: "rbtree" | "maple";
  /**
   * Where a fault under the VMA lock makes sure of the anon_vma, which it cannot set there: before the lock is taken;
   * under the lock, else it is given up (657b5146955e); when an anonymous page is mapped, with a try for mmap_lock.
   */
  readonly anonVmaCheck: "before-lock" | "after-lock" | "in-fault";
  /** fork write-locks the parent's VMAs (fb49c455323f). */
  readonly forkVw: boolean;
  /** A new VMA is write-locked before it enters the tree (33313a747e81, 1c7873e33645). */
  readonly newVmaVw: boolean;
  /** What mmap takes first for a new VMA of a file: its VMA lock, or i_mmap (33313a747e81 before 1c7873e33645). */
  readonly newVmaOrder: "vma-first" | "i_mmap-first";
  /** A growing stack's VMA is write-locked (c137381f71ae). */
  readonly stackVw: boolean;
  /** What madvise(MADV_DONTNEED) takes first. */
  readonly dontneedLock: "mmap" | "vma";
  /** The newest advice about pages that madvise knows: MADV_PAGEOUT came with 5.4, MADV_COLLAPSE with 6.1. */
  readonly madviseUpTo: "REMOVE" | "PAGEOUT" | "COLLAPSE";
  /** process_madvise(2): absent; what may be done to others, to oneself as well; to oneself anything (6.13). */
  readonly processMadvise: "none" | "remote" | "own-any";
  /** Whether MADV_DONTNEED looks its VMA up again when it has waited for a monitor (70ccb92fdd90, 4.11). */
  readonly uffdRemoveLookup: boolean;
  /** Whether faults may fill a file's cache where a hole is being punched; invalidate_lock of 5.15 keeps them out. */
  readonly punchHole: "unlocked" | "invalidate-lock";
  /** mseal(2), 6.10. */
  readonly mseal: boolean;
  /** A shared mapping of a memfd that is sealed against writes: refused; possible for reading (28464bbb2ddc, 6.7). */
  readonly sealedMapping: "refused" | "read-only";
  /** What installing guard markers takes; `none` where there are no guard regions. */
  readonly guardLock: "none" | "mmap" | "vma";
  /** Flags that keep MADV_DOFORK from undoing VM_DONTCOPY. */
  readonly doforkBlock: "IO" | "SPECIAL";
  /** Hooks of a mapped file: mmap only; mmap_prepare too; and actions that hide the VMA from rmap until done. */
  readonly mmapHook: "mmap" | "prepare" | "prepare-hides-rmap";
  /** When a gather that saw PFN mappings flushes: at its end only, after each VMA, before VMAs leave rmap. */
  readonly gatherPfnFlush: "finish" | "end-vma" | "free-pgtables";
  /** When mremap flushes TLBs of the old place: after the page-table locks are let go of; before (eb66ae030829). */
  readonly mremapFlush: "after-ptl" | "under-ptl";
  /** What mremap moves at once. */
  readonly mremapMoves: "pte" | "pmd";
  /** Whether mremap hides a page table that it moves as a whole from rmap walks (97113eb39fa7). */
  readonly mremapRmapLock: boolean;
  /** Whether mremap looks again, under the PMD's lock, for the page table that it is about to move (6fa1066fc5d0). */
  readonly mremapRecheck: boolean;
  /** Whether the oom reaper flushes TLBs after each VMA, or relies on nobody running there any more (687cb0884a71). */
  readonly reaperFlush: boolean;
  /** Whether mbind write-locks the VMA whose policy it replaces (6c21e066f925). */
  readonly mbindVw: boolean;
  /** Whether mremap may move several VMAs at once. */
  readonly mremapMultiVma: boolean;
  /** Whether zapping a whole table frees it under the VMA read lock (CONFIG_PT_RECLAIM). */
  readonly ptReclaim: boolean;
  /** process_mrelease(2): absent; walking VMAs without asking for MMF_OOM_SKIP (5.15); asking first. */
  readonly processMrelease: "none" | "unchecked" | "checked";
  /** Whether an anonymous fault asks for MMF_UNSTABLE under the page-table lock (6b31d5955cb2, 4.13). */
  readonly unstableCheck: boolean;
  /** What UFFDIO_COPY takes: mmap_lock, or the lock of the VMA with mmap_lock only on the way to it (867a43a34ff8, 6.9). */
  readonly uffdLock: "mmap" | "vma";
  /**
   * Whether monitors of userfaultfd may ask for events of munmap, mremap, fork and MADV_DONTNEED (4.11). False in every
   * profile: a scenario with such a monitor asks for it.
   */
  readonly uffdEvents: boolean;
  /** UFFDIO_MOVE of a swapped page: absent; believing what the swap cache said; asking again (0ea148a79919). */
  readonly uffdMove: "none" | "trusts-cache" | "checks-cache";
  /** pte_offset_map: a bare look at the PMD; within RCU, to be looked at again under the lock (0d940a9b270b). */
  readonly pteOffsetMap: "plain" | "rcu";
  /**
   * How khugepaged takes page tables away: under mmap_lock, its look at anon_vma not repeated there (CVE-2023-52935);
   * repeated (023f47a8250c); under the locks of PMD and table only (1d65b771bc08).
   */
  readonly retract: "mmap-unchecked" | "mmap" | "ptl";
  /** mmap over what is mapped: the old range leaves the tree first; the new VMA replaces it in one store (6afd9d3b1849). */
  readonly mapFixed: "clear-first" | "overwrite";
  /**
   * How a core dump walks VMAs: without a lock, alone with them as it believes; likewise, while those who come by mmget
   * ask for it (04f5866e41fb), madvise too (bc0c4d1e176e); from a snapshot (a07279c9a8cd).
   */
  readonly coredump: "alone" | "still-valid" | "still-valid-all" | "snapshot";
  /** Whose files a core dump lists: those of the VMAs there are by then, or of the snapshot (390031c94211). */
  readonly coredumpFiles: "live" | "snapshot";
  /**
   * Which anon_vmas do not keep two VMAs from merging: the neighbour's alone, when nothing of it came by fork; or that
   * of either of them (879bca0a2c4f, 6.16).
   */
  readonly mergeAnonVma: "target-single" | "any-single";
  /** The neighbour that mmap(2) asks first whether it goes with the new range; next also asks for prev (to 6.11). */
  readonly mmapMergeFirst: "next" | "prev";
  /** When mmap fails after the driver's hook: the VMA is just freed; closed first; nothing can fail there any more. */
  readonly mmapLateError: "free" | "close" | "none";
  /** Protection keys for user pages: a machine's, not a kernel's. False in every profile: whoever has such a machine says so. */
  readonly pku: boolean;
  /** MAP_STACK is VM_NOHUGEPAGE (c4608d1bf7c6, 6.7). */
  readonly mapStackNohuge: boolean;
  /** Whether mprotect takes VM_ACCOUNT from what becomes read-only before its first write (6.7). */
  readonly mprotectUnaccounts: boolean;
  /** MADV_POPULATE_*: VMA by VMA, a gap being remembered as -ENOMEM; page by page, which ends at the gap (631426ba1d45, 6.9). */
  readonly madvisePopulate: "by-vma" | "by-page";
  /** Whether a copy by MREMAP_DONTUNMAP, of what was never written, may become part of its own source (6.18; not in 6.12). */
  readonly dontunmapMergesSource: boolean;
  /** When mremap looks for the VMA: before it checks what only needs the arguments, or after (6.17). */
  readonly mremapChecks: "vma-first" | "arguments-first";
  /** Whether fault-around makes a page table only for what ends before the file does (74207de2ba10, 6.18; not of shmem). */
  readonly mapPmdWithinSize: boolean;
  /**
   * Whether zap_pte_range may stop between any two pages, let go of the page-table lock for who waits to run
   * (need_resched()) and go on. False in every profile, where one page table is zapped at once: whoever asks which
   * results there can be says so.
   */
  readonly zapBreaks: boolean;
  /** What may fail, beside what must. Empty in every profile: a scenario asks for it. */
  readonly injectFailures: readonly Failure[];
}

/** A kernel by name. */
export interface Profile {
  /** The resolved name, for instance `linux-6.18.19`. */
  readonly name: string;
  readonly knobs: Knobs;
}

const V4_19: Knobs = {
  rwsem: "fair",
  munmapDowngrade: "never",
  vmaLock: "none",
  vmaSlab: "at-once",
  startReadChecksMm: false,
  startReadDropsRcu: false,
  retryResetsCursor: true,
  mmLockSeq: "int",
  faultUnderVma: "none",
  stackExpand: "read",
  vmaTree: "rbtree",
  anonVmaCheck: "before-lock",
  forkVw: false,
  newVmaVw: false,
  newVmaOrder: "vma-first",
  stackVw: false,
  dontneedLock: "mmap",
  madviseUpTo: "REMOVE",
  processMadvise: "none",
  uffdRemoveLookup: true,
  punchHole: "unlocked",
  mseal: false,
  sealedMapping: "refused",
  guardLock: "none",
  doforkBlock: "IO",
  mmapHook: "mmap",
  gatherPfnFlush: "finish",
  mremapFlush: "under-ptl",
  mremapMoves: "pte",
  mremapRmapLock: false,
  mremapRecheck: false,
  reaperFlush: true,
  mbindVw: false,
  mremapMultiVma: false,
  ptReclaim: false,
  pteOffsetMap: "plain",
  retract: "mmap-unchecked",
  processMrelease: "none",
  unstableCheck: true,
  uffdMove: "none",
  uffdLock: "mmap",
  mapFixed: "clear-first",
  mergeAnonVma: "target-single",
  mmapMergeFirst: "next",
  mmapLateError: "free",
  coredump: "alone",
  coredumpFiles: "live",
  zapBreaks: false,
  injectFailures: [],
  pku: false,
  mapStackNohuge: false,
  madvisePopulate: "by-vma",
  mprotectUnaccounts: false,
  dontunmapMergesSource: false,
  mapPmdWithinSize: false,
  mremapChecks: "vma-first",
  uffdEvents: false,
};
const V5_0: Knobs = { ...V4_19, munmapDowngrade: "unless-next-to-stack" };
const V5_4: Knobs = { ...V5_0, coredump: "still-valid", madviseUpTo: "PAGEOUT" };
const V6_1: Knobs = {
  ...V5_4,
  vmaTree: "maple",
  retract: "mmap",
  mremapMoves: "pmd",
  mremapRmapLock: true,
  gatherPfnFlush: "end-vma",
  mmapLateError: "close",
  coredump: "snapshot",
  coredumpFiles: "snapshot",
  processMrelease: "checked",
  madviseUpTo: "COLLAPSE",
  processMadvise: "remote",
  punchHole: "invalidate-lock",
};
const V6_4_0: Knobs = {
  ...V6_1,
  vmaLock: "rwsem",
  vmaSlab: "call-rcu",
  faultUnderVma: "anonymous",
};
const V6_4_3: Knobs = { ...V6_4_0, stackExpand: "write", forkVw: true, newVmaVw: true, stackVw: true };
const V6_6: Knobs = {
  ...V6_4_3,
  anonVmaCheck: "after-lock",
  mbindVw: true,
  munmapDowngrade: "always",
  pteOffsetMap: "rcu",
  retract: "ptl",
  faultUnderVma: "most",
};
const V6_12: Knobs = {
  ...V6_6,
  anonVmaCheck: "in-fault",
  uffdMove: "trusts-cache",
  uffdLock: "vma",
  mseal: true,
  sealedMapping: "read-only",
  mapFixed: "overwrite",
  mmapMergeFirst: "prev",
  mapStackNohuge: true,
  madvisePopulate: "by-page",
  mprotectUnaccounts: true,
  mremapRecheck: true,
  mmapLateError: "none",
};
const V6_14: Knobs = { ...V6_12, mmLockSeq: "seqcount", guardLock: "mmap", ptReclaim: true, processMadvise: "own-any" };
const V6_15_0: Knobs = { ...V6_14, vmaLock: "refcnt", vmaSlab: "typesafe", gatherPfnFlush: "free-pgtables" };
const V6_18_0: Knobs = {
  ...V6_15_0,
  uffdMove: "checks-cache",
  startReadChecksMm: true,
  startReadDropsRcu: true,
  dontneedLock: "vma",
  mmapHook: "prepare",
  mremapMultiVma: true,
  mergeAnonVma: "any-single",
  dontunmapMergesSource: true,
  mapPmdWithinSize: true,
  mremapChecks: "arguments-first",
};
const V7_0: Knobs = { ...V6_18_0, guardLock: "vma", doforkBlock: "SPECIAL", mmapHook: "prepare-hides-rmap" };

const PROFILES: Readonly<Record<string, Knobs>> = {
  "linux-4.19": V4_19,
  "linux-5.0": V5_0,
  "linux-5.4": V5_4,
  "linux-6.1": V6_1,
  "linux-6.4.0": V6_4_0,
  "linux-6.4.3": V6_4_3,
  "linux-6.6": V6_6,
  "linux-6.12": V6_12,
  "linux-6.14": V6_14,
  "linux-6.15.0": V6_15_0,
  "linux-6.18.0": V6_18_0,
  "linux-6.18.19": V6_18_0,
  "linux-7.0": V7_0,
};

const ALIASES: Readonly<Record<string, string>> = { "linux-6.18": "linux-6.18.19" };

/** Names of the profiles, oldest first. */
export const profileNames: readonly string[] = Object.keys(PROFILES);

/** A name that no profile has. */
export class ProfileError extends Error {
  override readonly name = "ProfileError";
  readonly code = "E_PROFILE";
}

/**
 * The profile of this name or alias.
 * @throws ProfileError that lists the names there are
 */
export function profile(name: string): Profile {
  const resolved = Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
  if (!Object.hasOwn(PROFILES, resolved)) {
    throw new ProfileError(`no kernel profile is called ${name}. There are ${profileNames.join(", ")}`);
  }
  return { name: resolved, knobs: PROFILES[resolved]! };
}

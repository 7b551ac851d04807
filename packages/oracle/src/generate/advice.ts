/** MADV_* that lists give, by number. include/uapi/asm-generic/mman-common.h */
export const ADVICE: ReadonlyMap<number, string> = new Map([
  [0, "MADV_NORMAL"],
  [1, "MADV_RANDOM"],
  [2, "MADV_SEQUENTIAL"],
  [3, "MADV_WILLNEED"],
  [4, "MADV_DONTNEED"],
  [8, "MADV_FREE"],
  [9, "MADV_REMOVE"],
  [10, "MADV_DONTFORK"],
  [11, "MADV_DOFORK"],
  [14, "MADV_HUGEPAGE"],
  [15, "MADV_NOHUGEPAGE"],
  [16, "MADV_DONTDUMP"],
  [17, "MADV_DODUMP"],
  [18, "MADV_WIPEONFORK"],
  [19, "MADV_KEEPONFORK"],
  [20, "MADV_COLD"],
  [21, "MADV_PAGEOUT"],
  [22, "MADV_POPULATE_READ"],
  [23, "MADV_POPULATE_WRITE"],
  [24, "MADV_DONTNEED_LOCKED"],
  [25, "MADV_COLLAPSE"],
  [102, "MADV_GUARD_INSTALL"],
  [103, "MADV_GUARD_REMOVE"],
]);

/** What lists do not give, and why. */
export const ADVICE_LEFT_OUT: ReadonlyMap<number, string> = new Map([
  [25, "MADV_COLLAPSE: succeeds for 2 MiB, which is longer than the window; lists give it, for -EINVAL"],
  [12, "MADV_MERGEABLE: a matter of the kernel's configuration (CONFIG_KSM), and what it does is ksmd's, later"],
  [13, "MADV_UNMERGEABLE: as MADV_MERGEABLE"],
  [100, "MADV_HWPOISON: takes memory away from the machine"],
  [101, "MADV_SOFT_OFFLINE: takes memory away from the machine"],
]);

/** Those that set or clear a flag of the VMA, hence split it, and merge it again. */
export const FLAG_ADVICE: readonly number[] = [0, 1, 2, 10, 11, 14, 15, 16, 17, 18, 19];
/** MADV_PAGEOUT, for private anonymous memory alone: which pages of files reclaim can take, its per-CPU lists decide. */
export const PAGEOUT = 21;
/** Those that do something to pages of any kind. */
export const PAGE_ADVICE: readonly number[] = [3, 4, 8, 9, 20, 22, 23, 24, 25, 102, 103];

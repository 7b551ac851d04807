/** VM_* flags with the values of include/linux/mm.h (x86-64, the ones that keep their value from 4.19 to 7.0). */
export const VM = {
  READ: 0x1,
  WRITE: 0x2,
  EXEC: 0x4,
  SHARED: 0x8,
  MAYREAD: 0x10,
  MAYWRITE: 0x20,
  MAYEXEC: 0x40,
  MAYSHARE: 0x80,
  GROWSDOWN: 0x100,
  UFFD_MISSING: 0x200,
  PFNMAP: 0x400,
  UFFD_WP: 0x1000,
  LOCKED: 0x2000,
  IO: 0x4000,
  SEQ_READ: 0x8000,
  RAND_READ: 0x1_0000,
  DONTCOPY: 0x2_0000,
  DONTEXPAND: 0x4_0000,
  ACCOUNT: 0x10_0000,
  NORESERVE: 0x20_0000,
  HUGETLB: 0x40_0000,
  WIPEONFORK: 0x200_0000,
  DONTDUMP: 0x400_0000,
  MIXEDMAP: 0x1000_0000,
  HUGEPAGE: 0x2000_0000,
  NOHUGEPAGE: 0x4000_0000,
} as const;

/** The names of the flags that are set, in order of their bits: `READ|MAYREAD`. */
export function flagNames(flags: number): string {
  const names = Object.entries(VM).filter(([, bit]) => (flags & bit) !== 0);
  return names.map(([name]) => name).join("|") || "none";
}

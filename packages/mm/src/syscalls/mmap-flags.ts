/** MAP_* of mmap(2), with the values of include/uapi/linux/mman.h. */
export const MAP = {
  SHARED: 0x1,
  SHARED_VALIDATE: 0x3,
  PRIVATE: 0x2,
  TYPE: 0xf,
  FIXED: 0x10,
  ANONYMOUS: 0x20,
  GROWSDOWN: 0x100,
  LOCKED: 0x2000,
  NORESERVE: 0x4000,
  POPULATE: 0x8000,
  NONBLOCK: 0x1_0000,
  STACK: 0x2_0000,
  HUGETLB: 0x4_0000,
  FIXED_NOREPLACE: 0x10_0000,
} as const;

/** LEGACY_MAP_MASK: what MAP_SHARED_VALIDATE knows without asking the file. include/linux/mman.h */
export const LEGACY_MAP_MASK = 0x7c07_f9f3;

/** PROT_* of mmap(2) and mprotect(2). */
export const PROT = { READ: 0x1, WRITE: 0x2, EXEC: 0x4, SEM: 0x8, GROWSDOWN: 0x100_0000, GROWSUP: 0x200_0000 } as const;

/** MREMAP_* of mremap(2). */
export const MREMAP = { MAYMOVE: 1, FIXED: 2, DONTUNMAP: 4 } as const;

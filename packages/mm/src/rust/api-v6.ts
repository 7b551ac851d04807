import type { ApiGeneration } from "./handle-type.ts";

/**
 * Version 6 of the series, October 2024: the one that the review is about. mmap_lock can be taken for writing, a VMA found
 * under it can have any flag changed, and the RCU handle is only announced.
 */
export const apiV6: ApiGeneration = {
  name: "v6",
  types: {
    Mm: {
      proofs: ["mm-struct"],
      methods: { mmget_not_zero: { op: "mmget_not_zero", returns: "MmWithUser", owned: true } },
    },
    MmWithUser: {
      proofs: ["mm-users"],
      derefs: ["Mm"],
      methods: {
        mmap_write_lock: { op: "mmap_write_lock", returns: "MmapWriteLock" },
        mmap_read_lock: { op: "mmap_read_lock", returns: "MmapReadLock" },
        mmap_read_trylock: { op: "mmap_read_trylock", returns: "MmapReadLock" },
        use_async_put: { op: "mmput_async", returns: "MmWithUserAsync", owned: true, consumes: true },
      },
    },
    MmWithUserAsync: { proofs: ["mm-users"], derefs: ["MmWithUser"], methods: {} },
    MmapReadLock: { proofs: ["mmap-lock"], methods: { vma_lookup: { op: "vma_lookup", returns: "VmAreaRef" } } },
    MmapWriteLock: { proofs: ["mmap-write-lock"], methods: { vma_lookup: { op: "vma_lookup", returns: "VmAreaMut" } } },
    VmAreaRef: {
      proofs: ["vma-stable"],
      methods: {
        flags: { op: "vm_flags" },
        start: { op: "vma_area" },
        end: { op: "vma_area" },
        zap_page_range_single: { op: "zap_page_range_single" },
      },
    },
    VmAreaMut: {
      proofs: ["vma-stable", "mmap-write-lock"],
      derefs: ["VmAreaRef"],
      methods: { set_flags: { op: "__vm_flags_mod" }, vm_insert_page: { op: "vm_insert_page" } },
    },
    VmAreaNew: {
      proofs: ["vma-new"],
      derefs: ["VmAreaMut"],
      methods: { set_anonymous: { op: "set_anonymous" } },
    },
    VmAreaRcuRef: {
      proofs: ["rcu"],
      methods: { try_read: { op: "vma_start_read", returns: "VmAreaRef" } },
    },
  },
};

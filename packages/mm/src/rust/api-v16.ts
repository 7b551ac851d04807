import type { ApiGeneration } from "./handle-type.ts";

const flag = (op: string): { readonly op: string } => ({ op });

/**
 * Version 16 of the series, as merged for 6.16 and still there in 7.0: no write lock, no flags of a VMA in use, inserting
 * only where VM_MIXEDMAP was seen. Nothing in it proves whose VMA it is.
 */
export const apiV16: ApiGeneration = {
  name: "v16",
  types: {
    Mm: {
      proofs: ["mm-struct"],
      methods: { mmget_not_zero: { op: "mmget_not_zero", returns: "MmWithUser", owned: true } },
    },
    MmWithUser: {
      proofs: ["mm-users"],
      derefs: ["Mm"],
      methods: {
        lock_vma_under_rcu: { op: "lock_vma_under_rcu", returns: "VmaReadGuard" },
        mmap_read_lock: { op: "mmap_read_lock", returns: "MmapReadGuard" },
        mmap_read_trylock: { op: "mmap_read_trylock", returns: "MmapReadGuard" },
        into_mmput_async: { op: "mmput_async", returns: "MmWithUserAsync", owned: true, consumes: true },
      },
    },
    MmWithUserAsync: { proofs: ["mm-users"], derefs: ["MmWithUser"], methods: {} },
    MmapReadGuard: { proofs: ["mmap-lock"], methods: { vma_lookup: { op: "vma_lookup", returns: "VmaRef" } } },
    VmaReadGuard: { proofs: ["vma-stable"], derefs: ["VmaRef"], methods: {} },
    VmaRef: {
      proofs: ["vma-stable"],
      methods: {
        mm: { op: "vma_area", returns: "MmWithUser" },
        flags: { op: "vm_flags" },
        start: { op: "vma_area" },
        end: { op: "vma_area" },
        zap_page_range_single: { op: "zap_page_range_single" },
        as_mixedmap_vma: { op: "vm_flags", returns: "VmaMixedMap" },
      },
    },
    VmaMixedMap: {
      proofs: ["mixedmap"],
      derefs: ["VmaRef"],
      methods: { vm_insert_page: { op: "vm_insert_page" } },
    },
    VmaNew: {
      proofs: ["vma-new"],
      derefs: ["VmaRef"],
      methods: {
        set_mixedmap: { op: "set_mixedmap", returns: "VmaMixedMap" },
        set_io: flag("set_io"),
        set_dontexpand: flag("set_dontexpand"),
        set_dontcopy: flag("set_dontcopy"),
        set_dontdump: flag("set_dontdump"),
        readable: { op: "vm_flags" },
        writable: { op: "vm_flags" },
        executable: { op: "vm_flags" },
        try_clear_mayread: flag("try_clear_mayread"),
        try_clear_maywrite: flag("try_clear_maywrite"),
        try_clear_mayexec: flag("try_clear_mayexec"),
      },
    },
  },
};

/** Mutants of which no scenario can tell, all for one reason. */
export interface Equivalence {
  /** Why nobody can see a difference. */
  readonly reason: string;
  readonly mutants: readonly string[];
}

/** Every mutant that survives, with the reason why it does. */
export const equivalent: readonly Equivalence[] = [
  {
    reason:
      "A release cut in two is a release that comes a moment later: while a lock is held nobody else writes its " +
      "word, so what its holder saw of it still holds.",
    mutants: [
      "ashmem_shrink_scan: split mutex_unlock into a look and a store",
      "binder_alloc_free_page_locked: split spin_unlock into a look and a store",
      "binder_alloc_free_page_vma: split mutex_unlock into a look and a store",
      "binder_alloc_free_page_vma_locked: split mutex_unlock into a look and a store",
      "binder_alloc_free_page_vma_locked: split spin_unlock into a look and a store",
      "binder_shrink_scan: split spin_unlock into a look and a store",
      "copy_page_range: split pte_unmap_unlock into a look and a store",
      "copy_page_range: split pte_unmap_unlock into a look and a store (2)",
      "do_anonymous_page: split pte_unmap_unlock into a look and a store",
      "do_anonymous_page_zero: split pte_unmap_unlock into a look and a store",
      "do_swap_page: split mutex_unlock into a look and a store",
      "do_swap_page: split mutex_unlock into a look and a store (2)",
      "do_swap_page: split pte_unmap_unlock into a look and a store",
      "do_wp_page: split pte_unmap_unlock into a look and a store",
      "do_wp_page_shared: split pte_unmap_unlock into a look and a store",
      "lazy_free_page: split mutex_unlock into a look and a store",
      "lazy_reclaim_page: split mutex_unlock into a look and a store",
      "lazy_reclaim_page: split mutex_unlock into a look and a store (2)",
      "lazy_shrink_scan: split spin_unlock into a look and a store",
      "rust_shrink_free_page: split spin_unlock into a look and a store",
      "rust_shrink_free_page: split spin_unlock into a look and a store (2)",
      "rust_shrink_scan: split spin_unlock into a look and a store",
      "wp_page_copy: split pte_unmap_unlock into a look and a store",
    ],
  },
  {
    reason:
      "A reader who leaves looks at the queue to wake readers at its head. While he reads, only a writer can " +
      "stand there, and a writer takes the lock by himself: nothing he could miss matters.",
    mutants: [
      "binder_unlock_mm: split mmap_read_unlock into a look and a store",
      "do_user_addr_fault: split mmap_read_unlock into a look and a store",
      "lock_mm_and_find_vma: split mmap_read_unlock into a look and a store",
      "munmap: split mmap_read_unlock into a look and a store",
      "rust_shrink_free_page: split mmap_read_unlock into a look and a store",
      "rust_shrink_trylocks: split mmap_read_unlock into a look and a store",
    ],
  },
  {
    reason:
      "The list of an inode changes under its lock for writing only, which the task holds: what it saw of the " +
      "list still holds when it stores.",
    mutants: ["unlink_file_vma: split vma_interval_tree_remove into a look and a store"],
  },
  {
    reason:
      "Everybody looks at the list of an anon_vma under its lock, the child's VMA is found by that list alone, " +
      "and who tries for the lock finds it taken before and after.",
    mutants: ["anon_vma_fork: merge anon_vma_fork with up_write"],
  },
  {
    reason:
      "It only looks, at what mmap_lock for writing keeps from changing from before it until after the step " +
      "beside it: when exactly it looks cannot be told.",
    mutants: [
      "dup_mmap: merge vma_find with mmap_write_unlock or vma_needs_copy",
      "dup_mmap: merge vma_needs_copy with mmap_write_unlock or vma_needs_copy",
      "forked_context: merge vm_userfaultfd_ctx with userfaultfd_prep",
      "gather: merge vma_find with vma_area",
      "mmap_write_lock_and_expand: merge find_vma with mmap_write_unlock or mmap_write_downgrade",
      "munmap: swap userfaultfd_unmap_prep and downgrades",
    ],
  },
  {
    reason:
      "The tree, and whether a VMA of it is attached, are written under mmap_lock for writing only; who walks " +
      "the tree under RCU meets it before or after the store, as before.",
    mutants: [
      "reattach_vmas: split vma_mark_attached into a look and a store",
      "vms_gather_munmap_vmas: split vma_iter_clear into a look and a store",
    ],
  },
  {
    reason: "The VMA is detached, and is found by rmap no more: its fields are this task's alone.",
    mutants: ["remove_vma: merge vma_area with vm_area_free", "vma_close: split vma_set_ops into a look and a store"],
  },
  {
    reason:
      "Both ask what was found out before, and one answer asks for one of them at most: where the one statement " +
      "does something the other does nothing.",
    mutants: [
      "handle_mm_fault: swap do_fault and release_fault_lock",
      "handle_mm_fault: swap release_fault_lock and do_anonymous_page_zero",
      "handle_pte_fault: swap do_wp_page_uffd and do_wp_page",
    ],
  },
  {
    reason:
      "The entry changes under the page-table lock only, which the task holds, and the step asks for nothing " +
      "else.",
    mutants: ["do_wp_page_shared: split wp_page_shared into a look and a store"],
  },
  {
    reason:
      "Who is to be born waits for its mm, which only the forking task writes, and which the copy's first " +
      "reference keeps.",
    mutants: ["copy_process: split wake_up_new_task into a look and a store"],
  },
  {
    reason:
      "Until its first VMA is linked to an anon_vma or a file the copy is known to the forking task alone, its " +
      "lock included.",
    mutants: [
      "dup_mmap: merge mmap_write_lock_nested with vma_find",
      "dup_mmap: split mmap_write_lock_nested into a look and a store",
    ],
  },
  {
    reason:
      "The fields of the child's VMA are written by the forking task alone while it has the copy's mmap_lock: " +
      "whoever finds the VMA by rmap reads them, and it only looks.",
    mutants: ["dup_vma: merge vm_area_dup with vma_area", "dup_vma: merge vma_area with vma_iter_store or get_file"],
  },
  {
    reason:
      "The copy's tree and flags are written by the forking task alone until it lets go of the copy's mmap_lock: " +
      "what it saw of them still holds when it stores.",
    mutants: [
      "dup_mmap_fail: split mm_flags_set into a look and a store",
      "dup_mmap_fail: split mm_flags_set into a look and a store (2)",
      "dup_mmap_fail: split vma_iter_clear into a look and a store",
      "dup_vma: split vma_iter_store into a look and a store",
    ],
  },
  {
    reason:
      "The parent's TLBs change by loads of user code only, which find the parent's entries without the right to " +
      "write by now: what is flushed late was there to be flushed, and what is lost is loaded again.",
    mutants: ["dup_mmap: split flush_tlb_mm into a look and a store"],
  },
  {
    reason: "A task's nesting of RCU sections is a counter of its own that nobody else writes.",
    mutants: ["vma_start_read: split rcu_read_unlock into a look and a store"],
  },
  {
    reason: "The mm is kept by the reference on its VMA that this task has, and the counter written is the task's own.",
    mutants: ["try_read: split mmgrab into a look and a store"],
  },
  {
    reason:
      "With the reference taken the VMA's mm does not change, and that mm's exit waits for the reference to go: " +
      "that it was looked at tells nobody anything.",
    mutants: ["try_read: merge vma_vm_mm with mmgrab or vma_lock_seq_acquire"],
  },
  {
    reason:
      "Who finds no sleeper has put its reference before: the writer that comes later finds no reader. Who finds " +
      "one wakes it a moment later, and a wake-up that another was meant for lets it look again.",
    mutants: [
      "vma_end_read: split rcuwait_wake_up into a look and a store",
      "vma_refcount_put: split rcuwait_wake_up into a look and a store",
    ],
  },
  {
    reason:
      "They come one right after the other for a VMA that is new or detached only, which nobody could lock " +
      "before or after.",
    mutants: ["vma_start_write: merge __vma_enter_locked with __vma_start_write"],
  },
  {
    reason:
      "A folio enters and leaves the swap cache under its own lock, which the fault holds: what it was told " +
      "stays true.",
    mutants: ["do_swap_page: merge folio_matches_swap_entry with do_swap_page or mutex_unlock or pte_offset_map_lock"],
  },
  {
    reason:
      "Walking the tree is one look, inside an RCU section before and after: where the section begins before it " +
      "or ends after it is seen by grace periods only, which nobody can watch waiting, and the look keeps " +
      "nothing alive by itself.",
    mutants: [
      "lock_vma_under_rcu: merge mas_walk with rcu_read_unlock",
      "lock_vma_under_rcu: merge rcu_read_lock with mas_walk",
    ],
  },
  {
    reason: "The VMA's read lock is held: it keeps the VMA whether or not the RCU section lasts.",
    mutants: [
      "lock_vma_under_rcu_checks: merge lock_vma_under_rcu_recheck with rcu_read_unlock",
      "lock_vma_under_rcu_checks: swap rcu_read_unlock and anon_checks",
    ],
  },
  {
    reason:
      "What it looks at are the VMA's state and whether it is write-locked, which mmap_lock for writing keeps " +
      "from changing; what it stores does not depend on readers.",
    mutants: ["vma_start_write: split __vma_enter_locked into a look and a store"],
  },
  {
    reason:
      "Readers are still kept out, so that none of those it looks for can come, and one task at a time lets them " +
      "in again.",
    mutants: [
      "vma_mark_detached: split __vma_exit_locked into a look and a store",
      "vma_start_write: split __vma_exit_locked into a look and a store",
    ],
  },
  {
    reason:
      "It only looks, under locks that are held before and after: the page's slot changes under the driver's " +
      "lock, the tree under mmap_lock. alloc->vma and alloc->mapped change while their VMA is in no tree, where " +
      "a look-up finds nothing of the allocator's whatever they say.",
    mutants: [
      "binder_alloc_free_page: merge binder_get_installed_page with binder_alloc_get_vma or binder_skip_invalid_vma",
      "binder_alloc_free_page: swap binder_get_installed_page and binder_alloc_get_vma",
      "binder_find_mapping: merge binder_alloc_is_mapped with binder_skip_invalid_vma",
      "binder_stabilise_vma: merge mmap_read_trylock with vma_lookup",
      "find_vma: merge binder_alloc_is_mapped with vma_lookup",
      "find_vma: merge vma_lookup with binder_alloc_is_mapped or binder_alloc_get_vma",
      "find_vma: swap binder_alloc_get_vma and binder_alloc_is_mapped",
      "find_vma: swap binder_alloc_is_mapped and binder_alloc_get_vma",
      "find_vma: swap binder_alloc_is_mapped and vma_lookup",
    ],
  },
  {
    reason:
      "mmap_lock is only tried here where the VMA lock found nothing to lock, and then the tree is looked at " +
      "once and nothing of the address space is touched: that a writer holds the lock too shows in nothing.",
    mutants: ["binder_stabilise_vma: split mmap_read_trylock into a look and a store"],
  },
  {
    reason: "A task has the VMA's read lock or mmap_lock, never both: one of the two does nothing.",
    mutants: ["binder_unlock_mm: swap vma_end_read and mmap_read_unlock"],
  },
  {
    reason:
      "It notes that the page was left alone, for the end of the run: nobody reads the note before, and the slot " +
      "cannot change under the driver's lock.",
    mutants: [
      "binder_alloc_free_page: split binder_skip_invalid_vma into a look and a store",
      "binder_alloc_free_page: swap binder_skip_invalid_vma and binder_alloc_free_page_skip",
      "binder_find_mapping: split binder_skip_invalid_vma into a look and a store",
    ],
  },
  {
    reason: "The driver's list is changed under its lock, which the task holds.",
    mutants: [
      "binder_alloc_free_page_locked: split list_lru_isolate into a look and a store",
      "binder_alloc_free_page_vma_locked: split list_lru_isolate into a look and a store",
      "lazy_free_page: split list_lru_isolate into a look and a store",
      "rust_shrink_free_page: split list_lru_isolate into a look and a store",
    ],
  },
  {
    reason: "The worker's queue is changed under the driver's mutex, which the task holds.",
    mutants: [
      "lazy_free_page: split lazy_queue_reclaim into a look and a store",
      "lazy_reclaim_page: split lazy_take_reclaim into a look and a store",
    ],
  },
  {
    reason:
      "The VMA is looked up under mmap_lock, which is held before and after; the lock of the list has nothing to " +
      "do with it.",
    mutants: [
      "rust_shrink_free_page: merge spin_unlock with vma_lookup",
      "rust_shrink_free_page: merge vma_lookup with mmap_read_unlock",
      "rust_shrink_free_page: swap spin_unlock and vma_lookup",
    ],
  },
  {
    reason:
      "The mark that a task is in reclaim tells of its own steps that wait for a mutex or a rwsem; taking and " +
      "dropping the list's spinlock are none.",
    mutants: [
      "binder_shrink_scan: swap do_shrink_slab and spin_lock",
      "binder_shrink_scan: swap spin_unlock and shrink_slab_end",
      "lazy_shrink_scan: swap do_shrink_slab and spin_lock",
      "lazy_shrink_scan: swap spin_unlock and shrink_slab_end",
      "rust_shrink_scan: swap do_shrink_slab and spin_lock",
      "rust_shrink_scan: swap spin_unlock and shrink_slab_end",
    ],
  },
  {
    reason:
      "The mark that a task is in reclaim tells of its own steps that wait for a mutex or a rwsem; these " +
      "callbacks only try for locks, and have others do the rest.",
    mutants: ["lazy_shrink_scan: drop do_shrink_slab", "rust_shrink_scan: drop do_shrink_slab"],
  },
  {
    reason:
      "A walk looks at the list under its lock: nobody changes it before the lock is dropped, and the lock is " +
      "found taken before and after.",
    mutants: [
      "lazy_shrink_scan: merge list_lru_walk with spin_unlock",
      "lazy_shrink_scan: merge spin_lock with list_lru_walk",
      "rust_shrink_scan: merge list_lru_walk with spin_unlock",
      "rust_shrink_scan: merge spin_lock with list_lru_walk",
    ],
  },
  {
    reason:
      "A stack grows under mmap_lock, which keeps its anon_vma once it has one, and an anon_vma keeps its root for " +
      "life: one look at both sees what two looks see.",
    mutants: [
      "prepare_root: merge __anon_vma_prepare with vma_anon_vma",
      "prepare_root: merge vma_anon_vma with anon_vma_root",
    ],
  },
  {
    reason:
      "Only another stack that grows under the read lock could come into the gap after the look, and " +
      "expand_downwards looks again.",
    mutants: ["prepare_root: merge stack_guard_gap with __anon_vma_prepare"],
  },
  {
    reason:
      "For writing nobody else brings an anon_vma; under the read lock of older kernels another fault may, and takes " +
      "the same first free slot for the same VMA: the second store writes what the first one did.",
    mutants: ["prepare_root: split __anon_vma_prepare into a look and a store"],
  },
  {
    reason:
      "A fault under the VMA lock that meets the new anon_vma uses it, one that does not comes again under mmap_lock " +
      "and uses it then: readers may leave before it is there or after.",
    mutants: ["expand_stack: swap prepare_root and vma_start_write"],
  },
  {
    reason:
      "It only looks, at flags of the VMA that the fault's lock keeps: before or after the look beside it, which " +
      "answers by the same flags, it sees the same.",
    mutants: ["handle_mm_fault: swap __do_fault and is_exec_only"],
  },
  {
    reason:
      "It only looks, at flags of the VMA that the fault's lock keeps: when exactly it looks before the PTE is read " +
      "cannot be told.",
    mutants: ["handle_mm_fault: merge access_error with ptep_get"],
  },
  {
    reason:
      "The fault's lock keeps the VMA, the page-table lock the PTE; and MMF_UNSTABLE, which alone may be set between the " +
      "two halves, is not held against who has had that lock since before.",
    mutants: [
      "do_anonymous_page: split set_pte_at into a look and a store",
      "do_anonymous_page_zero: split set_zero_pte into a look and a store",
    ],
  },
];

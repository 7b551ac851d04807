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
      "Two references on two pages: the copy is known to this task alone, and on the old page others have " +
      "references for as long as it matters, who replaced the entry or who owes the flush. Which is put " +
      "first cannot be told.",
    mutants: ["do_wp_page: merge put_page with put_page", "do_wp_page: swap put_page and put_page"],
  },
  {
    reason:
      "mmap_lock is only tried here where the VMA lock found nothing to lock, and then the tree is looked " +
      "at once and nothing of the address space is touched: that a writer holds the lock too shows in " +
      "nothing.",
    mutants: ["binder_stabilise_vma: split mmap_read_trylock into a look and a store"],
  },
  {
    reason: "A task has the VMA's read lock or mmap_lock, never both: one of the two does nothing.",
    mutants: ["binder_unlock_mm: swap vma_end_read and mmap_read_unlock"],
  },
  {
    reason:
      "A folio enters and leaves the swap cache under its own lock, which the fault holds: what it was told " +
      "stays true.",
    mutants: ["do_swap_page: merge folio_matches_swap_entry with do_swap_page or mutex_unlock or pte_offset_map_lock"],
  },
  {
    reason:
      "The VMA is looked up under mmap_lock, which is held before and after; the lock of the list has " +
      "nothing to do with it.",
    mutants: [
      "rust_shrink_free_page: merge spin_unlock with vma_lookup",
      "rust_shrink_free_page: merge vma_lookup with mmap_read_unlock",
      "rust_shrink_free_page: swap spin_unlock and vma_lookup",
    ],
  },
  {
    reason:
      "That the worker's queue is empty is seen by nobody: who waits for work is told only that it is " +
      "not. Taking from it and adding to it under the driver's lock is one with taking or dropping that " +
      "lock, or with what was done before under it.",
    mutants: [
      "lazy_free_page: merge list_lru_isolate with lazy_queue_reclaim",
      "lazy_reclaim_page: merge lazy_take_reclaim with mutex_unlock",
    ],
  },
  {
    reason:
      "A release cut in two is a release that comes a moment later: while a lock is held nobody else " +
      "writes its word, so what its holder saw of it still holds.",
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
      "do_swap_page: split mutex_unlock into a look and a store",
      "do_swap_page: split mutex_unlock into a look and a store (2)",
      "do_swap_page: split pte_unmap_unlock into a look and a store",
      "do_wp_page: split pte_unmap_unlock into a look and a store",
      "do_wp_page: split pte_unmap_unlock into a look and a store (2)",
      "lazy_free_page: split mutex_unlock into a look and a store",
      "lazy_reclaim_page: split mutex_unlock into a look and a store",
      "lazy_reclaim_page: split mutex_unlock into a look and a store (2)",
      "lazy_shrink_scan: split spin_unlock into a look and a store",
      "rust_shrink_free_page: split spin_unlock into a look and a store",
      "rust_shrink_free_page: split spin_unlock into a look and a store (2)",
      "rust_shrink_scan: split spin_unlock into a look and a store",
      "unmap_page_range: split pte_unmap_unlock into a look and a store",
    ],
  },
  {
    reason:
      "A reader who leaves looks at the queue to wake readers at its head. While he reads, only a writer " +
      "can stand there, and a writer takes the lock by himself: nothing he could miss matters.",
    mutants: [
      "binder_unlock_mm: split mmap_read_unlock into a look and a store",
      "do_user_addr_fault: split mmap_read_unlock into a look and a store",
      "lock_mm_and_find_vma: split mmap_read_unlock into a look and a store",
      "munmap: split mmap_read_unlock into a look and a store",
      "rust_shrink_free_page: split mmap_read_unlock into a look and a store",
      "rust_shrink_trylocks: split mmap_read_unlock into a look and a store",
      "vmf_anon_prepare: split mmap_read_unlock into a look and a store",
    ],
  },
  {
    reason:
      "The list of an inode or anon_vma changes under its lock for writing only, and is looked at under " +
      "the lock only: nobody else changes it meanwhile, and who tries for the lock finds it taken before " +
      "and after.",
    mutants: [
      "anon_vma_fork: merge anon_vma_fork with up_write",
      "unlink_file_vma: merge vma_interval_tree_remove with up_write",
      "unlink_file_vma: split vma_interval_tree_remove into a look and a store",
      "unlink_vma: merge unlink_anon_vmas with up_write",
    ],
  },
  {
    reason:
      "It only looks, at what mmap_lock for writing keeps from changing until after the step that " +
      "follows: when exactly it looks cannot be told.",
    mutants: [
      "dup_mmap: merge vma_find with mmap_write_unlock or vma_needs_copy",
      "dup_mmap: merge vma_needs_copy with mmap_write_unlock or vma_needs_copy",
      "dup_mmap: swap vma_start_write and vma_needs_copy",
      "mmap_write_lock_and_expand: merge find_vma with mmap_write_unlock or mmap_write_downgrade",
      "vms_gather_munmap_vmas: merge vma_find with vma_iter_clear or vma_area",
    ],
  },
  {
    reason:
      "The tree and the VMAs that leave it are written under mmap_lock for writing only; who walks it " +
      "under RCU meets it before or after the store, as before.",
    mutants: ["vms_gather_munmap_vmas: split vma_iter_clear into a look and a store"],
  },
  {
    reason:
      "split_vma write-locks the VMA itself before it changes it: the order of the two decides only which " +
      "of them does so.",
    mutants: ["vms_gather_munmap_vmas: swap split_vma and vma_start_write"],
  },
  {
    reason:
      "What is freed of the VMA may be used anew for another address space only, whose TLB entries and " +
      "pages are others than those that tlb_finish_mmu lets go of; and no driver's close frees what is " +
      "mapped.",
    mutants: ["vms_complete_munmap_vmas: swap tlb_finish_mmu and remove_vma"],
  },
  {
    reason:
      "The file's reference and the VMA's memory meet in no step: whoever takes the one learns nothing of " +
      "the other.",
    mutants: ["remove_vma: swap fput and vm_area_free"],
  },
  {
    reason: "The VMA has left the tree and rmap: its fields are the unmapper's alone.",
    mutants: ["remove_vma: merge vma_area with vm_area_free"],
  },
  {
    reason:
      "The look tells only which page tables to visit: one that goes meanwhile is found gone under its " +
      "lock, and one that comes has no entries of this range yet.",
    mutants: [
      "copy_page_range: merge pmd_none_or_clear_bad with __pte_alloc",
      "unmap_page_range: merge pmd_none_or_clear_bad with pte_offset_map_lock",
    ],
  },
  {
    reason:
      "A page table that is not there has no entries either, and one that has them is there: whichever " +
      "comes first, ptep_get reads the same, and what another fault installs meanwhile is found under the " +
      "page-table lock.",
    mutants: ["handle_mm_fault: merge __pte_alloc with ptep_get", "handle_mm_fault: swap __pte_alloc and ptep_get"],
  },
  {
    reason:
      "An entry that is not empty is private memory's, and whoever made it made sure of the anon_vma: " +
      "where the one statement does something the other does nothing.",
    mutants: ["handle_mm_fault: swap do_swap_page and vmf_anon_prepare"],
  },
  {
    reason: "Both ask the entry that was read before, and one entry asks for one of them at most.",
    mutants: ["handle_mm_fault: swap do_swap_page and do_wp_page"],
  },
  {
    reason: "vm_flags cannot change under the VMA lock or mmap_lock, which the caller holds.",
    mutants: ["handle_mm_fault: merge access_error with __pte_alloc"],
  },
  {
    reason:
      "Only this task knows the page, which was never mapped: that it is free for the allocator a moment " +
      "later tells nothing, for the allocator may always give another.",
    mutants: [
      "binder_alloc_free_page_locked: merge binder_take_page with put_page or spin_lock",
      "do_anonymous_page: merge pte_unmap_unlock with put_page",
      "lazy_reclaim_page: merge mutex_unlock with __free_page",
      "rust_shrink_free_page: merge mmput_async with __free_page or spin_lock",
    ],
  },
  {
    reason:
      "The lock is found taken before and after, and the step that follows it under the lock only looks, " +
      "at a flag which whoever sets it sets without this lock: it was set before the lock was taken, or " +
      "after.",
    mutants: [
      "do_anonymous_page: merge pte_offset_map_lock with put_page or pte_unmap_unlock or set_pte_at or check_stable_address_space",
    ],
  },
  {
    reason:
      "The entry changes under the page-table lock only, which the task holds, and the page is known to " +
      "nobody else yet.",
    mutants: ["do_anonymous_page: split set_pte_at into a look and a store"],
  },
  {
    reason:
      "The look is only a short cut: the step that follows looks again, and does nothing where another " +
      "task was faster.",
    mutants: [
      "do_swap_page: merge swap_cache_get_folio with read_swap_cache_async",
      "try_read: drop vma_lock_seq_relaxed, as if it returned false",
      "vmf_anon_prepare: merge vma_anon_vma with __anon_vma_prepare or mmap_read_trylock",
    ],
  },
  {
    reason:
      "Only the race that G22 shows leads here, where a single fault is under way: nobody sets or reads " +
      "an anon_vma between the steps.",
    mutants: [
      "prepare_unlocked: merge find_mergeable_anon_vma with vma_anon_vma or __anon_vma_prepare",
      "prepare_unlocked: merge vma_anon_vma with __anon_vma_prepare",
      "prepare_unlocked: split __anon_vma_prepare into a look and a store",
      "prepare_unlocked: swap vma_anon_vma and __anon_vma_prepare",
    ],
  },
  {
    reason: "Unlocking one thing and allocating another meet in no step.",
    mutants: ["do_wp_page: merge pte_unmap_unlock with alloc_page"],
  },
  {
    reason: "The child waits to be born and writes nothing of what it waits for.",
    mutants: ["copy_process: split wake_up_new_task into a look and a store"],
  },
  {
    reason:
      "Until it is thrown away or its first task is woken, the copy's mmap_lock, tree and flags are the " +
      "forking task's alone. Rmap, which may find its VMAs before, asks for none of these, the " +
      "parent's mapping keeps the file, and no driver's open asks for page tables.",
    mutants: [
      "dup_mmap: merge mmap_write_lock_nested with vma_find",
      "dup_mmap: split mmap_write_lock_nested into a look and a store",
      "dup_mmap: split mmap_write_unlock into a look and a store",
      "dup_mmap_fail: drop mm_flags_set",
      "dup_mmap_fail: merge mm_flags_set with vma_iter_clear",
      "dup_mmap_fail: split mm_flags_set into a look and a store",
      "dup_mmap_fail: split mm_flags_set into a look and a store (2)",
      "dup_mmap_fail: split vma_iter_clear into a look and a store",
      "dup_mmap_fail: swap mm_flags_set and vma_iter_clear",
      "dup_mmap_fail: swap vms_complete_munmap_vmas and mm_flags_set",
      "dup_vma: merge get_file with vma_iter_store",
      "dup_vma: merge vm_area_dup with vma_area",
      "dup_vma: merge vma_area with vma_iter_store or get_file",
      "dup_vma: split vma_iter_store into a look and a store",
      "dup_vma: swap anon_vma_fork and get_file",
      "dup_vma: swap get_file and vma_iter_store",
      "dup_vma: swap open and copy_page_range",
      "dup_vma: swap vma_iter_store and vma_link_file",
    ],
  },
  {
    reason:
      "The parent's TLBs change by loads of user code only, which find the parent's entries without the " +
      "right to write by now: what is flushed late was there to be flushed, and what is lost is loaded " +
      "again.",
    mutants: ["dup_mmap: split flush_tlb_mm into a look and a store"],
  },
  {
    reason: "A task's nesting of RCU sections is a counter of its own that nobody else writes.",
    mutants: [
      "lock_vma_under_rcu: split rcu_read_lock into a look and a store",
      "lock_vma_under_rcu_checks: split rcu_read_unlock into a look and a store",
      "vma_start_read: split rcu_read_unlock into a look and a store",
    ],
  },
  {
    reason:
      "The mm is kept by the reference on its VMA that this task has, and the counter written is the " + "task's own.",
    mutants: ["try_read: split mmgrab into a look and a store"],
  },
  {
    reason:
      "With the reference taken the VMA's mm does not change, and write lockers wait for the reference to " +
      "go: between the steps there is nothing that could be seen to change.",
    mutants: [
      "try_read: merge vma_refcount_inc with vma_vm_mm or vma_lock_seq_acquire",
      "try_read: merge vma_vm_mm with mmgrab or vma_lock_seq_acquire",
      "try_read: split vma_lock_seq_acquire into a look and a store",
    ],
  },
  {
    reason:
      "Who finds no sleeper has put its reference before: the writer that comes later finds no reader. Who " +
      "finds one wakes it a moment later, and a wake-up that another was meant for lets it look again.",
    mutants: [
      "vma_end_read: split rcuwait_wake_up into a look and a store",
      "vma_refcount_put: split rcuwait_wake_up into a look and a store",
    ],
  },
  {
    reason:
      "A writer that does not sleep, or not yet, looks again and again until the readers have left, and goes " +
      "on as if it had been woken. That a loop may be long is no difference here.",
    mutants: [
      "wait_for_readers: drop schedule",
      "wait_for_readers: drop what rcuwait_wait_event does; its answer is kept",
      "wait_for_readers: merge rcuwait_wait_event with schedule",
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
      "Walking the tree is one look, inside an RCU section before and after: where the section begins " +
      "before it or ends after it is seen by grace periods only, and the look keeps nothing alive by " +
      "itself.",
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
      "A reader fails alike while the writer keeps readers out and once the sequence number is stored, so " +
      "that between the two, or between the end of waiting and either, nothing is seen to change.",
    mutants: ["vma_start_write: merge __vma_start_write with __vma_exit_locked"],
  },
  {
    reason:
      "mmap_lock for writing is held: one task at a time writes what keeps readers of a VMA out and what " +
      "tells that it is write-locked, and what the step looks at changes for no other reason.",
    mutants: [
      "vma_mark_detached: split __vma_exclude_readers into a look and a store",
      "vma_mark_detached: split __vma_exit_locked into a look and a store",
      "vma_start_write: split __vma_enter_locked into a look and a store",
      "vma_start_write: split __vma_exit_locked into a look and a store",
      "vma_start_write: split __vma_start_write into a look and a store",
    ],
  },
  {
    reason:
      "The VMA is write-locked and detached: a reader that only just tried gives up by the sequence " +
      "number whether it is kept out or not, and the writer waits for the last in any case.",
    mutants: ["vma_mark_detached: merge vma_mark_detached with __vma_exclude_readers"],
  },
  {
    reason:
      "alloc->vma, alloc->mapped and the page's slot are read under the driver's lock, and the VMA under " +
      "mmap_lock: all are held before and after, so that the order and the moment of looks cannot be " +
      "told.",
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
      "It notes that the page was left alone, for the end of the run: nobody reads the note before, and " +
      "the slot cannot change under the driver's lock.",
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
      "lazy_free_page: split lazy_queue_reclaim into a look and a store",
      "lazy_free_page: split list_lru_isolate into a look and a store",
      "lazy_reclaim_page: split lazy_take_reclaim into a look and a store",
      "rust_shrink_free_page: split list_lru_isolate into a look and a store",
    ],
  },
  {
    reason: "The mark that a task is in reclaim tells of its own blocking steps only, and neither step is one.",
    mutants: [
      "binder_shrink_scan: swap do_shrink_slab and spin_lock",
      "binder_shrink_scan: swap spin_unlock and shrink_slab_end",
      "lazy_shrink_scan: drop do_shrink_slab",
      "lazy_shrink_scan: swap do_shrink_slab and spin_lock",
      "lazy_shrink_scan: swap spin_unlock and shrink_slab_end",
      "rust_shrink_scan: drop do_shrink_slab",
      "rust_shrink_scan: swap do_shrink_slab and spin_lock",
      "rust_shrink_scan: swap spin_unlock and shrink_slab_end",
    ],
  },
  {
    reason:
      "A walk looks at the list under its lock: nobody changes it before the lock is dropped, and the " +
      "lock is found taken before and after.",
    mutants: [
      "lazy_shrink_scan: merge list_lru_walk with spin_unlock",
      "lazy_shrink_scan: merge spin_lock with list_lru_walk",
      "rust_shrink_scan: merge list_lru_walk with spin_unlock",
      "rust_shrink_scan: merge spin_lock with list_lru_walk",
    ],
  },
];

/**
 * The documented order of lock classes as pairs, outer first: what stands in the second place may be waited for under
 * what stands in the first, never the other way round, nor through a chain of pairs. mm/rmap.c, the comment at its head;
 * Documentation/mm/process_addrs.rst; mm/filemap.c, the comment at its head; and what drivers document of their own.
 */
export const LOCK_ORDER_PAIRS: readonly (readonly [outer: string, inner: string])[] = [
  ["inode_rwsem", "mmap_lock"],
  ["mmap_lock", "invalidate_lock"],
  ["invalidate_lock", "folio_lock"],
  ["folio_lock", "hugetlb_i_mmap"],
  ["folio_lock", "vma_lock"],
  ["hugetlb_i_mmap", "vma_lock"],
  ["vma_lock", "i_mmap"],
  ["i_mmap", "anon_vma"],
  ["anon_vma", "page_table_lock"],
  ["anon_vma", "ptl"],
  ["page_table_lock", "ptl"],
  ["ptl", "swap_lock"],
  ["swap_lock", "mmlist_lock"],
  ["swap_lock", "private_lock"],
  ["private_lock", "i_pages"],
  ["i_pages", "lru_lock"],
  ["swap_lock", "i_lock"],
  ["swap_lock", "wb_list_lock"],
  // mm/filemap.c: truncate, a fault on a file, write() that faults on its source.
  ["inode_rwsem", "invalidate_lock"],
  ["invalidate_lock", "i_mmap"],
  ["mmap_lock", "folio_lock"],
  // kernel/fork.c, dup_mmap(): the parent's lock, then the child's.
  ["mmap_lock", "mmap_lock_nested"],
  ["mmap_lock_nested", "vma_lock"],
  // drivers/android/binder/page_range.rs, the comment at its head: mm_lock is outside, for inserting waits for mmap_lock.
  ["mm_lock", "mmap_lock"],
  ["mmap_lock", "range"],
  ["range", "binder_lru"],
];

const inside = new Map<string, ReadonlySet<string>>();
for (const [outer] of LOCK_ORDER_PAIRS) inside.set(outer, reachable(outer));

/** Whether the documents say that the first class is taken outside the second. */
export function documentedOutside(outer: string, inner: string): boolean {
  return inside.get(outer)?.has(inner) === true;
}

function reachable(from: string): Set<string> {
  const found = new Set<string>();
  const work = [from];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    for (const [outer, inner] of LOCK_ORDER_PAIRS) {
      if (outer !== at || found.has(inner)) continue;
      found.add(inner);
      work.push(inner);
    }
  }
  return found;
}

/**
 * How to write what values alone do not show: that the 0 of `mmap_read_lock(0)` is an mm. Per step the kinds of its
 * arguments and of its result, where they have one; a step that is not here is written from its values.
 *
 * Arguments: `mm`, `flags` (VM_*), `binder` (an allocator), `driver`, `-` for any other.
 * Results: `mm`, `errno`, `ptr` (null is NULL), `locked` (false: it queued), `void` (never written), `flags`.
 */
const TABLE = `
  mm_alloc -> mm
  mmget mm -> void
  mmget_not_zero mm
  mmput mm -> last
  exit_mm mm -> last
  mmput_async mm -> void
  process_one_work -> mm
  mmgrab mm -> void
  mmdrop mm -> void
  exit_mmap mm -> void
  __mmput_finish mm -> void
  mmap_read_lock mm -> locked
  mmap_read_lock_slowpath mm -> void
  mmap_read_trylock mm
  mmap_read_unlock mm -> void
  mmap_write_lock mm -> locked
  mmap_write_lock_slowpath mm -> void
  mmap_write_trylock mm
  mmap_write_downgrade mm -> void
  mmap_write_unlock mm -> void
  down_read - -> locked
  down_write - -> locked
  vm_area_alloc mm - - flags - -> ptr
  vm_flags_mod - flags flags -> void
  vm_flags - -> flags
  vma_lookup mm - -> ptr
  vma_find mm - -
  vma_iter_clear mm - -
  can_downgrade mm -
  lock_vma_under_rcu mm - -> ptr
  __pte_alloc mm - -> void
  pte_offset_map_lock mm - -> void
  pte_unmap_unlock mm - -> void
  ptep_get mm - -> ptr
  insert_page_into_pte_locked - - - write -> errno
  set_pte_at - - - write
  follow_page_pte - - -> ptr
  zap_pte_range mm - - -> void
  pmd_none_or_clear_bad mm - -
  free_pgtables mm - - -> void
  access_error - write
  vm_insert_page - - - driver -> errno
  zap_page_range_single - - - driver -> ptr
  list_lru_walk - - -> ptr
  binder_open mm - - -> binder
  binder_alloc_set_vma binder - -
  binder_vma_close binder
  binder_alloc_get_vma binder -> ptr
  binder_alloc_is_mapped binder
  binder_get_installed_page binder - -> ptr
  binder_set_installed_page binder - - -> void
  binder_publish_winner binder - - -> void
  binder_take_page binder - -> ptr
`;

export interface StepSignature {
  readonly args: readonly string[];
  readonly result: string;
}

const UNKNOWN: StepSignature = { args: [], result: "" };

const signatures: ReadonlyMap<string, StepSignature> = new Map(
  TABLE.trim()
    .split("\n")
    .map((line) => {
      const [call = "", result = ""] = line.split("->");
      const [op = "", ...args] = call.trim().split(" ");
      return [op, { args, result: result.trim() }];
    }),
);

/** The signature of a step, empty for one that is not known. */
export function signatureOf(op: string): StepSignature {
  return signatures.get(op) ?? UNKNOWN;
}

/** Bounds on hostile input: what is beyond them is an ImportError E_IMPORT_LIMIT, never an exhausted memory. */
export const LIMITS = {
  /** Characters in a line. The kernel's own are below 1,000 (a trace_marker line at most 4,096). */
  lineLength: 16_384,
  /** Lines at the head of a file of which none parses before it is called foreign. */
  foreignLines: 1_000,
  /**
   * Lines that say nothing, blank ones among them, before a file with fewer than a tenth as many events is taken for
   * something else: a packed file of nothing but blank lines has a thousand times its size.
   */
  senselessLines: 1_000_000,
  /** Lines of a truth file. */
  truthLines: 5_000_000,
  tasks: 20_000,
  addressSpaces: 20_000,
  /** VMAs of one address space: vm.max_map_count by default. */
  areas: 65_530,
  /** Pages of one binder buffer: SZ_4M. drivers/android/binder_alloc.c, binder_alloc_mmap_handler() */
  binderPages: 1_024,
  /** Lines read ahead of the one that is being replayed. */
  lookAhead: 4_096,
  /** Lines read ahead of a trace whose head was overwritten, to see where the last CPU's buffer begins. */
  headOfOverrun: 65_536,
  /**
   * Lines after which a task that has shown nothing since the trace began is taken to have had no part in it. One that
   * others go past is handed the lock when it has waited for 4 ms and is running: RWSEM_WAIT_TIMEOUT in
   * kernel/locking/rwsem.c.
   */
  hiddenTasks: 16_384,
  /** Divergences that are kept; more are only counted. */
  divergences: 1_000,
  /** Unknown lines that are kept; more are only counted. */
  unknownLines: 100,
} as const;

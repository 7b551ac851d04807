/**
 * What may fail where a scenario asks for it (knob `injectFailures`): each time it is a choice, so that both outcomes
 * are explored. `fatal-signal`: killable lock acquisitions give up with -EINTR when a fatal signal waits. `page`: pages
 * of faults and drivers. `page-table`. `vma`: a VMA for mmap, split, fork or mremap. `maple`: nodes for the tree of
 * VMAs. `anon-vma`. `accounting`: limits of mmap. `mmap-late`: mmap, when the driver's hook has run.
 */
export type Failure =
  "fatal-signal" | "page" | "page-table" | "vma" | "maple" | "anon-vma" | "accounting" | "mmap-late";

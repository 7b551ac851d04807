import type { KernelName } from "./directed-list.ts";

/** The lists that all kernels have run: one per system call, or per kind of rule. */
const EVERYWHERE = [
  "errno-mmap",
  "mmap",
  "munmap",
  "mprotect",
  "mremap-errno",
  "madvise",
  "guard",
  "mlock",
  "merge-new",
  "merge-existing",
  "anon-vma",
  "touch",
] as const;

/** Lists that only the newest kernel has run. */
const NEWEST: readonly string[] = ["edges", "guard-files", "file-end"];

/** The lists that a kernel has run: in each one section per check, order of checks, or rule. */
export function listsOf(kernel: KernelName): readonly string[] {
  return kernel === "linux-6.18" ? [...EVERYWHERE, ...NEWEST] : EVERYWHERE;
}

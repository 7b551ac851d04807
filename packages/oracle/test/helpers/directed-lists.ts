import { type KernelName, KERNELS } from "./directed-list.ts";

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
const NEWEST: readonly string[] = [];

/** Every list; in it one section per check, order of checks, or rule. */
export const DIRECTED_LISTS: readonly string[] = [...EVERYWHERE, ...NEWEST];

/** The kernels that have run a list. */
export function kernelsOf(list: string): readonly KernelName[] {
  return NEWEST.includes(list) ? ["linux-6.18"] : KERNELS;
}

import { join } from "node:path";

/** A procedure whose mutants are made, with the functions that it consists of. */
export interface Target {
  readonly name: string;
  /** Files of packages/mm/src; where functions are named, only these of the file. */
  readonly parts: readonly { readonly file: string; readonly functions?: readonly string[] }[];
}

/** What is mutated. A function belongs to one target. */
export const targets: readonly Target[] = [
  {
    name: "munmap",
    parts: [
      { file: "kernel/munmap.ts" },
      { file: "kernel/zap.ts", functions: ["unmap_page_range"] },
      { file: "kernel/free-pgtables.ts", functions: ["free_pgtables", "unlink_vma", "unlink_file_vma"] },
    ],
  },
  {
    name: "fault",
    parts: [
      { file: "kernel/fault.ts" },
      { file: "kernel/driver-fault.ts" },
      { file: "kernel/stack.ts" },
      { file: "kernel/wp-page.ts" },
      { file: "kernel/swap.ts", functions: ["do_swap_page"] },
    ],
  },
  { name: "fork", parts: [{ file: "kernel/fork.ts" }] },
  {
    name: "vma_start_read",
    parts: [
      {
        file: "kernel/vma-lock.ts",
        functions: [
          "vma_start_read",
          "try_read",
          "vma_refcount_put",
          "vma_end_read",
          "lock_vma_under_rcu",
          "anon_checks",
          "lock_vma_under_rcu_checks",
        ],
      },
    ],
  },
  {
    name: "vma_start_write",
    parts: [{ file: "kernel/vma-lock.ts", functions: ["vma_start_write", "vma_mark_detached", "wait_for_readers"] }],
  },
  {
    name: "shrinkers",
    parts: [
      { file: "drivers/binder-free-page.ts" },
      { file: "drivers/binder-free-page-vma.ts" },
      { file: "drivers/rust-shrink.ts" },
      { file: "drivers/lazy-reclaim.ts" },
      { file: "drivers/ashmem-ioctl.ts", functions: ["ashmem_shrink_scan"] },
    ],
  },
];

/** Every file that has something to mutate, relative to packages/mm/src. */
export const targetFiles: readonly string[] = [
  ...new Set(targets.flatMap(({ parts }) => parts.map(({ file }) => file))),
];

/** The target that a function belongs to; undefined for one that is left as it is. */
export function targetOf(file: string, name: string): string | undefined {
  return targets.find(({ parts }) =>
    parts.some((part) => part.file === file && (part.functions === undefined || part.functions.includes(name))),
  )?.name;
}

const MM = join(import.meta.dirname, "../../packages/mm/src");

/** Absolute path of a file of packages/mm/src. */
export function pathOf(file: string): string {
  return join(MM, file);
}

import { filesOf, type Target } from "./target.ts";

/** What is mutated. */
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
export const targetFiles: readonly string[] = filesOf(targets);

import { scenario } from "@faultline/interleave";
import {
  binderGenerations,
  lazyBinderGenerations,
  openBinder,
  openLazyBinder,
  PAGE_SIZE,
  rustBinderGenerations,
  swapSlots,
  TABLE_SPAN,
  VM,
} from "@faultline/mm";
import type { CorpusItem } from "./item.ts";
import { anonymous, AT, story, vmaAt, written } from "./process.ts";

/** Memory that runs out, limits that are reached, wherever the kernel must be ready for that. */
export const failures: readonly CorpusItem[] = [
  story("failures/fault", {
    title: "memory for a first write runs out: the page table, the anon_vma, the page, the copy of the zero page",
    profile: "linux-6.12",
    kernel: { injectFailures: ["page", "page-table", "anon-vma"] },
    expect: { clean: ["should_fail", "set_zero_pte", "set_pte_at", "wp_page_copy"] },
    setup: (k, mm) => k.run(anonymous(k, mm, AT, 2)),
    threads: {
      *process(k, mm) {
        yield* k.pageFault(mm, AT, false);
        yield* k.pageFault(mm, AT, true);
        yield* k.pageFault(mm, AT + PAGE_SIZE, true);
      },
    },
  }),
  story("failures/swap-in", {
    title: "a page is to come back from swap twice, and the slower thread has no memory for what it needs no more",
    profile: "linux-6.12",
    kernel: { injectFailures: ["page"] },
    expect: { clean: ["should_fail", "read_swap_cache_async", "do_swap_page"] },
    setup(k, mm) {
      k.put(swapSlots, 1);
      written(k, mm);
      return k.run(k.swapOut(mm, AT));
    },
    threads: {
      *one(k, mm) {
        yield* k.pageFault(mm, AT, false);
      },
      *other(k, mm) {
        yield* k.pageFault(mm, AT, false);
      },
    },
  }),
  story("failures/migration", {
    title: "there is no memory for the copy of a page that is to be migrated: its places get it back",
    profile: "linux-6.12",
    kernel: { injectFailures: ["page"] },
    expect: { clean: ["should_fail", "remove_migration_pte", "folio_migrate_mapping"] },
    setup: written,
    threads: {
      *user(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
    },
    others: {
      *migrate(k, _mm, page) {
        yield* k.migratePages(page);
      },
    },
  }),
  story("failures/fork", {
    title: "fork runs out of VMAs, page tables and anon_vmas while its parent writes",
    profile: "linux-6.12",
    profiles: ["linux-5.4"],
    kernel: { injectFailures: ["vma", "page-table", "anon-vma"] },
    expect: { clean: ["should_fail", "anon_vma_fork", "copy_pte_range", "vm_area_free"] },
    setup: written,
    threads: {
      *parent(k, mm) {
        const child = yield* k.fork(mm, null, null);
        if (child >= 0) yield* k.exitProcess(child);
      },
      *writer(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
    },
  }),
  story("failures/munmap", {
    title: "munmap of a middle page cannot split, or has no node for the tree: all is as before for whoever faults",
    profile: "linux-6.18.19",
    profiles: ["linux-5.4", "linux-6.6"],
    kernel: { injectFailures: ["vma", "maple"] },
    expect: { clean: ["should_fail", "__split_vma", "vma_mark_attached", "vma_iter_clear"] },
    setup: (k, mm) => k.run(anonymous(k, mm, AT, 3)),
    threads: {
      *process(k, mm) {
        yield* k.munmap(mm, AT + PAGE_SIZE, PAGE_SIZE);
      },
      *fault(k, mm) {
        yield* k.pageFault(mm, AT + PAGE_SIZE, false);
      },
    },
  }),
  story("failures/split", {
    title: "there is no VMA for the halves of what mprotect, mlock and madvise want to split",
    profile: "linux-6.12",
    kernel: { injectFailures: ["vma"] },
    expect: { clean: ["should_fail", "__split_vma", "vm_flags_reset_once"] },
    setup: (k, mm) => k.run(anonymous(k, mm, AT, 3)),
    threads: {
      *process(k, mm) {
        yield* k.mprotect(mm, AT + PAGE_SIZE, PAGE_SIZE, VM.READ);
        yield* k.mlock(mm, AT + PAGE_SIZE, PAGE_SIZE, true);
        yield* k.madviseFlags(mm, AT + PAGE_SIZE, PAGE_SIZE, "DONTDUMP");
      },
    },
  }),
  story("failures/replace", {
    title: "mmap over a mapping reaches its limit before it has emptied the old one, or has no VMA after",
    profile: "linux-6.12",
    profiles: ["linux-6.6", "linux-6.18.19"],
    kernel: { injectFailures: ["accounting", "vma"] },
    expect: { clean: ["should_fail", "vma_mark_attached", "vma_iter_clear", "vma_iter_store"] },
    setup: (k, mm) => k.run(anonymous(k, mm, AT, 1)),
    threads: {
      *process(k, mm) {
        yield* anonymous(k, mm, AT, 1, VM.READ);
      },
      *fault(k, mm) {
        yield* k.pageFault(mm, AT, false);
      },
    },
  }),
  story("failures/after-the-hook", {
    title: "mmap fails after the driver's hook has run, and closes what the hook has opened",
    profile: "linux-6.6",
    kernel: { injectFailures: ["mmap-late"] },
    expect: { clean: ["should_fail", "counted_vma_open", "counted_vma_close", "vma_set_ops"] },
    threads: {
      *process(k, mm) {
        const mapping = { start: AT, length: PAGE_SIZE, flags: VM.READ, ops: "counted_binder", owner: "binder0" };
        yield* k.mmap(mm, mapping);
      },
    },
  }),
  story("failures/move", {
    title: "memory runs out when a mapping grows, when it moves, and half-way: then all of it goes back",
    profile: "linux-6.12",
    profiles: ["linux-5.4"],
    kernel: { injectFailures: ["maple", "vma", "page-table"] },
    expect: { clean: ["should_fail", "vma_expandable", "copy_vma", "move_ptes"] },
    setup(k, mm) {
      const start = AT + TABLE_SPAN - PAGE_SIZE;
      k.run(anonymous(k, mm, start, 2));
      for (const at of [start, start + PAGE_SIZE]) k.run(k.pageFault(mm, at, true));
      return start;
    },
    threads: {
      *process(k, mm, start) {
        const [oldLength, newLength] = [2 * PAGE_SIZE, 3 * PAGE_SIZE];
        yield* k.mremap(mm, { start, oldLength, newLength, to: null, dontUnmap: false });
        const to = start + 4 * TABLE_SPAN;
        yield* k.mremap(mm, { start, oldLength, newLength: oldLength, to, dontUnmap: false });
      },
    },
  }),
  story("failures/userfaultfd", {
    title: "a monitor has no memory for the page that a fault waits for, or for its page table",
    profile: "linux-6.12",
    kernel: { injectFailures: ["page", "page-table"] },
    expect: { clean: ["should_fail", "set_pte_at"] },
    setup(k, mm) {
      k.run(anonymous(k, mm, AT, 1));
      return k.run(k.userfaultfdRegister(mm, AT, PAGE_SIZE, 1, "missing"));
    },
    threads: {
      *process(k, mm) {
        yield* k.mmapReadLock(mm);
        yield* k.mmapReadUnlock(mm);
      },
    },
    others: {
      *monitor(k, mm) {
        yield* k.uffdioCopy(mm, AT);
      },
    },
  }),
  ...(["5.4", "6.12"] as const).map((gen): CorpusItem => ({
    id: `failures/binder-${gen}`,
    scenario: scenario({
      title: "memory for the receiver's buffer runs out: no page, no page table",
      profile: "linux-6.12",
      kernel: { injectFailures: ["page", "page-table"] },
      variants: { only: {} },
      expect: { only: { clean: ["should_fail", "vm_insert_page", "binder_get_installed_page"] } },
      setup: (k) => openBinder(k, "binder", 1),
      threads: (binder) => ({
        *sender(k) {
          yield* k.binderInstall(binder, binderGenerations[gen], 0, 1);
        },
      }),
    }),
  })),
  {
    id: "failures/binder-rust",
    scenario: scenario({
      title: "the same in Rust",
      profile: "linux-6.18.19",
      kernel: { injectFailures: ["page", "page-table"] },
      variants: { only: {} },
      expect: { only: { clean: ["should_fail", "vm_insert_page"] } },
      setup: (k) => openBinder(k, "rust_binder", 1),
      threads: (binder) => ({
        *sender(k) {
          yield* k.rustUseRange(binder, rustBinderGenerations["6.18.19"], 0, 1);
        },
      }),
    }),
  },
  {
    id: "failures/binder-lazy",
    scenario: scenario({
      title: "the same of the lazy design, whose sender needs a page and nothing else",
      profile: "linux-7.0",
      kernel: { injectFailures: ["page"] },
      variants: { only: {} },
      expect: { only: { clean: ["should_fail", "binder_set_installed_page"] } },
      setup: (k) => openLazyBinder(k, lazyBinderGenerations.fault, 1),
      threads: (binder) => ({
        *sender(k) {
          yield* k.lazyUseRange(binder, 0, 1);
        },
      }),
    }),
  },
  story("failures/looks-on", {
    title: "a reader asks for the VMA while munmap is abandoned",
    profile: "linux-6.12",
    kernel: { injectFailures: ["maple"] },
    expect: { clean: ["should_fail", "vma_mark_attached", "vma_lookup"] },
    setup: (k, mm) => k.run(anonymous(k, mm, AT, 1)),
    threads: {
      *process(k, mm) {
        yield* k.munmap(mm, AT, PAGE_SIZE);
      },
      *reader(k, mm) {
        yield* vmaAt(k, mm, AT);
      },
    },
  }),
];

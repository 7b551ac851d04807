import { scenario } from "@faultline/interleave";
import {
  BINDER_BUFFER,
  binderOpen,
  lazyBinderGenerations,
  openBinder,
  openLazyBinder,
  PAGE_SIZE,
  rustBinderGenerations,
  VM,
} from "@faultline/mm";
import type { CorpusItem } from "./item.ts";
import { AT, INODE, RW, story } from "./process.ts";

/** Binder's buffer as it is mapped, inherited and let go of; the page allocators in Rust and of the lazy design. */
export const binders: readonly CorpusItem[] = [
  ...(["binder", "rust_binder", "counted_binder"] as const).map((ops) =>
    story(`binder/${ops}-mapped`, {
      title: `${ops}: the buffer is mapped, split and unmapped while somebody asks for its flags`,
      profile: "linux-6.12",
      expect: ops === "binder" ? { breaks: ["DRV-STATE"], severity: "S6" } : { clean: ["vm_flags_mod", "vma_area"] },
      setup: (k, mm) => k.run(binderOpen(mm, ops, 2)),
      threads: {
        *process(k, mm, alloc) {
          const owner = `binder${alloc}`;
          yield* k.mmap(mm, { start: BINDER_BUFFER, length: 2 * PAGE_SIZE, flags: VM.READ, ops, owner });
          yield* k.munmap(mm, BINDER_BUFFER, PAGE_SIZE);
          yield* k.munmap(mm, BINDER_BUFFER + PAGE_SIZE, PAGE_SIZE);
        },
      },
    }),
  ),
  {
    id: "binder/rust",
    scenario: scenario({
      title: "the second page of a range cannot be had any more, and the first is given back and reclaimed",
      profile: "linux-6.18.19",
      variants: { only: {} },
      expect: { only: { clean: ["list_lru_add", "__free_page", "vm_insert_page"] } },
      setup: (k) => openBinder(k, "rust_binder", 2),
      threads: (binder) => ({
        owner: { mm: binder.mm, run: (k) => k.munmap(binder.mm, binder.start, 2 * PAGE_SIZE) },
        *sender(k) {
          yield* k.rustUseRange(binder, rustBinderGenerations["6.18.19"], 0, 2);
        },
        *shrinker(k) {
          yield* k.rustShrinkScan(binder, rustBinderGenerations["6.18.19"]);
        },
      }),
    }),
  },
  {
    id: "binder/rust-exits",
    scenario: scenario({
      title: "a process exits while a page of its buffer is sent and another is reclaimed",
      profile: "linux-6.18.19",
      variants: { only: {} },
      expect: { only: { clean: ["mmget_not_zero", "put_page"] } },
      setup(k) {
        const binder = openBinder(k, "rust_binder", 2);
        k.run(k.rustUseRange(binder, rustBinderGenerations["6.18.19"], 1, 1));
        k.run(k.rustStopUsingRange(binder, 1, 1));
        return binder;
      },
      threads: (binder) => ({
        owner: { mm: binder.mm, run: (k) => k.exitProcess(binder.mm) },
        *sender(k) {
          yield* k.rustUseRange(binder, rustBinderGenerations["6.18.19"], 0, 1);
        },
        *shrinker(k) {
          yield* k.rustShrinkScan(binder, rustBinderGenerations["6.18.19"]);
        },
      }),
    }),
  },
  {
    id: "binder/lazy",
    scenario: scenario({
      title: "the lazy design: a page is sent, read, given back, and freed by the worker",
      profile: "linux-7.0",
      variants: { only: {} },
      expect: { only: { clean: ["lazy_await_reclaim", "lazy_take_reclaim", "vm_insert_page"] } },
      setup: (k) => openLazyBinder(k, lazyBinderGenerations.fault, 1),
      threads: (binder) => ({
        owner: {
          mm: binder.mm,
          *run(k) {
            const again = {
              start: AT,
              length: PAGE_SIZE,
              flags: VM.READ,
              ops: binder.ops,
              owner: `binder${binder.alloc}`,
            };
            yield* k.pageFault(binder.mm, binder.start, false);
            yield* k.mmap(binder.mm, { ...again, file: binder.file });
            yield* k.mmap(binder.mm, { ...again, flags: RW, file: binder.file });
          },
        },
        *sender(k) {
          yield* k.lazyUseRange(binder, 0, 1);
          yield* k.lazyStopUsingRange(binder, 0, 1);
        },
        *shrinker(k) {
          yield* k.lazyShrinkScan(binder);
        },
        worker: {
          daemon: true,
          *run(k) {
            yield* k.lazyWorker(binder, lazyBinderGenerations.fault);
          },
        },
      }),
    }),
  },
  story("binder/inherited-and-moved", {
    title: "a buffer that fork was to leave out is inherited after MADV_DOFORK, and moved",
    profile: "linux-6.12",
    expect: { clean: ["counted_vma_open", "counted_vma_close", "vma_iter_store"] },
    setup: (k, mm) => {
      const alloc = k.run(binderOpen(mm, "counted_binder", 1));
      const mapping = { start: BINDER_BUFFER, length: PAGE_SIZE, flags: VM.READ };
      return k.run(k.mmap(mm, { ...mapping, ops: "counted_binder", owner: `binder${alloc}` }));
    },
    threads: {
      *process(k, mm) {
        yield* k.madviseFlags(mm, BINDER_BUFFER, PAGE_SIZE, "DOFORK");
        yield* k.exitProcess(yield* k.fork(mm, null, null));
        const [start, length] = [BINDER_BUFFER, PAGE_SIZE];
        yield* k.mremap(mm, { start, oldLength: length, newLength: length, to: AT, dontUnmap: false });
        yield* k.mmap(mm, { start, length, flags: RW, ops: "counted_binder", owner: "binder0" });
      },
    },
  }),
  story("binder/released-on-the-way-out", {
    title: "the last reference on binder's file goes in a system call, and its release runs on the way back",
    profile: "linux-6.12",
    expect: { clean: ["task_work_add", "exit_to_user_mode", "complete_all"] },
    setup(k, mm) {
      k.run(binderOpen(mm, "binder", 1));
      const file = k.run(k.doDentryOpen(INODE, "binder", "binder0"));
      const mapping = { start: BINDER_BUFFER, length: PAGE_SIZE, flags: VM.READ, ops: "binder", owner: "binder0" };
      k.run(k.mmap(mm, { ...mapping, file }));
      return file;
    },
    threads: {
      *process(k, mm, file) {
        yield* k.enterFromUserMode();
        yield* k.filpClose(file);
        yield* k.munmap(mm, BINDER_BUFFER, PAGE_SIZE);
        yield* k.exitToUserMode();
      },
    },
  }),
];

import { scenario } from "@faultline/interleave";
import { type BinderGeneration, binderGenerations, openBinder } from "@faultline/mm";

const before: BinderGeneration = binderGenerations["5.4"];

export default scenario({
  title: "binder: fix UAF of alloc->vma in race with munmap()",
  fix: "015ac18be7de",
  profile: "linux-5.4",
  variants: {
    buggy: { gen: before },
    fixed: { gen: { ...before, installLock: "write" } satisfies BinderGeneration },
  },
  expect: {
    buggy: { breaks: ["VMA-LIVE", "VMA-GEN", "PTE-INSTALL", "PTE-COVERED"], severity: "S0" },
    fixed: { clean: ["mmap_write_lock", "insert_page_into_pte_locked"] },
  },
  setup: (k) => openBinder(k, "binder", 1),
  threads: (binder, { gen }) => ({
    munmap: {
      mm: binder.mm,
      *run(k) {
        yield* k.munmap(binder.mm, binder.start, 4096);
      },
    },
    *sender(k) {
      yield* k.binderInstall(binder, gen, 0, 1);
    },
  }),
});

import { scenario } from "@faultline/interleave";
import { BINDER_BUFFER, type BinderGeneration, binderGenerations, binderOpen, PAGE_SIZE, VM } from "@faultline/mm";

const before: BinderGeneration = binderGenerations["5.4"];

export default scenario({
  title: "android: binder: stop saving a pointer to the VMA",
  fix: "a43cfc87caaf",
  cve: "CVE-2023-20928",
  note: "mmap may fail after the driver's hook has kept the pointer: the VMA is freed, and no close tells the driver.",
  profile: "linux-5.4",
  kernel: { injectFailures: ["mmap-late"] },
  variants: {
    buggy: { gen: before },
    fixed: { gen: { ...before, installVma: "lookup-start" } satisfies BinderGeneration },
  },
  expect: {
    buggy: { breaks: ["VMA-LIVE", "VMA-GEN"], severity: "S0" },
    fixed: { clean: ["vma_lookup", "vm_insert_page"] },
  },
  setup(k) {
    const mm = k.mm();
    const alloc = k.run(binderOpen(mm, "binder", 1));
    return { alloc, mm, ops: "binder", start: BINDER_BUFFER, pages: 1 };
  },
  threads: (binder, { gen }) => ({
    mmap: {
      mm: binder.mm,
      *run(k) {
        const owner = `binder${binder.alloc}`;
        const { mm, ops, start } = binder;
        const mapped = yield* k.mmap(mm, { start, length: PAGE_SIZE, flags: VM.READ, ops, owner });
        if (mapped < 0) yield* k.exitProcess(mm);
      },
    },
    *sender(k) {
      yield* k.binderInstall(binder, gen, 0, 1);
    },
  }),
});

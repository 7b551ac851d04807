import { scenario } from "@faultline/interleave";
import { binderGenerations, binderOpen, VM } from "@faultline/mm";

const AT = 0x1000_0000;

export default scenario({
  title: "binder: fix use-after-free in shrinker's callback",
  fix: "3f489c2067c5",
  cve: "CVE-2023-52438",
  profile: "linux-6.6",
  variants: {
    buggy: { gen: binderGenerations["6.6"] },
    fixed: { gen: { ...binderGenerations["6.6"], reclaimVma: "lookup" } as const },
  },
  expect: {
    buggy: { breaks: ["VMA-LIVE", "VMA-GEN"], severity: "S0" },
    fixed: { clean: ["vma_lookup", "zap_pte_range"] },
  },
  setup(k, { gen }) {
    const mm = k.mm();
    const alloc = k.run(binderOpen(mm, "binder", 1));
    k.run(k.mmap(mm, { start: AT, length: 4096, flags: VM.READ, ops: "binder", owner: `binder${alloc}` }));
    const binder = { alloc, mm, ops: "binder", start: AT, pages: 1 };
    k.run(k.binderInstall(binder, gen, 0, 1));
    k.run(k.binderFreeBuf(binder, gen, 0, 1));
    return binder;
  },
  threads: (binder, { gen }) => ({
    munmap: {
      mm: binder.mm,
      *run(k) {
        yield* k.munmap(binder.mm, binder.start, 4096);
      },
    },
    *shrinker(k) {
      yield* k.binderShrinkScan([binder], gen, 1);
    },
  }),
});

import { scenario } from "@faultline/interleave";
import { type BinderGeneration, binderGenerations, openBinder } from "@faultline/mm";

const before: BinderGeneration = binderGenerations["6.6"];

export default scenario({
  title: "binder: fix use-after-free in shrinker's callback",
  fix: "3f489c2067c5",
  cve: "CVE-2023-52438",
  profile: "linux-6.6",
  variants: {
    buggy: { gen: before },
    fixed: { gen: { ...before, reclaimVma: "lookup" } satisfies BinderGeneration },
  },
  expect: {
    buggy: { breaks: ["VMA-LIVE", "VMA-GEN"], severity: "S0" },
    fixed: { clean: ["vma_lookup", "zap_pte_range"] },
  },
  setup(k, { gen }) {
    const binder = openBinder(k, "binder", 1);
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

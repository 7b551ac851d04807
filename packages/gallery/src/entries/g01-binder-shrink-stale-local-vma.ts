import { scenario } from "@faultline/interleave";
import { type BinderGeneration, binderGenerations, openBinder } from "@faultline/mm";

const before: BinderGeneration = binderGenerations["5.0"];

export default scenario({
  title: "binder: fix race between munmap() and direct reclaim",
  fix: "5cec2d2e5839",
  cve: "CVE-2019-1999",
  profile: "linux-5.0",
  variants: {
    buggy: { gen: before },
    fixed: { gen: { ...before, reclaimVma: "stash" } satisfies BinderGeneration },
  },
  expect: {
    buggy: { breaks: ["VMA-LIVE", "VMA-GEN"], severity: "S0" },
    fixed: { clean: ["binder_alloc_get_vma", "zap_pte_range"] },
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

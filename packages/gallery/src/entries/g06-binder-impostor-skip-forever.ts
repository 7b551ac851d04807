import { scenario } from "@faultline/interleave";
import { type BinderGeneration, binderGenerations, openBinder, VM } from "@faultline/mm";

const before: BinderGeneration = binderGenerations["7.0"];

export default scenario({
  title: "binder: Make shrinker rely solely on per-VMA lock",
  note: "The series was under discussion in June 2026; `fixed` takes from it what decides: alloc->mapped, not the lookup.",
  profile: "linux-7.0",
  variants: {
    buggy: { gen: before },
    fixed: { gen: { ...before, reclaimImpostor: "reclaim" } satisfies BinderGeneration },
  },
  expect: {
    buggy: { breaks: ["RECLAIM-LIVE"], severity: "S5" },
    fixed: { clean: ["vma_lookup", "binder_alloc_is_mapped", "__free_page"] },
  },
  setup(k, { gen }) {
    const binder = openBinder(k, "binder", 1);
    k.run(k.binderInstall(binder, gen, 0, 1));
    k.run(k.binderFreeBuf(binder, gen, 0, 1));
    return binder;
  },
  threads: (binder, { gen }) => ({
    owner: {
      mm: binder.mm,
      *run(k) {
        yield* k.munmap(binder.mm, binder.start, 4096);
        yield* k.mmap(binder.mm, { start: binder.start, length: 4096, flags: VM.READ, ops: "", owner: "" });
      },
    },
    *shrinker(k) {
      yield* k.binderShrinkScan([binder], gen, 1);
    },
  }),
});

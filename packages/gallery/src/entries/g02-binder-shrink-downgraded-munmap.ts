import { scenario } from "@faultline/interleave";
import { type BinderGeneration, binderGenerations } from "@faultline/mm";
import { shrinkerAgainstMunmap } from "../shrinker-against-munmap.ts";

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
  ...shrinkerAgainstMunmap,
});

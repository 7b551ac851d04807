import { scenario } from "@faultline/interleave";
import { type BinderGeneration, binderGenerations } from "@faultline/mm";
import { shrinkerAgainstMunmap } from "../shrinker-against-munmap.ts";

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
  ...shrinkerAgainstMunmap,
});

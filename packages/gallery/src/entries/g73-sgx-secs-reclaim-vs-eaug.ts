import { scenario } from "@faultline/interleave";
import { word } from "@faultline/mm";

const SECS = "secs_epc_page";
const LOCK = "encl_lock";

export default scenario({
  title: "x86/sgx: Resolves SECS reclaim vs. page fault for EAUG race",
  fix: "c6c2adcba50c",
  cve: "CVE-2023-52568",
  note: "The reclaimer takes the page of the enclave's control structure; only one of the two ways of a fault asks for it.",
  profile: "linux-6.6",
  variants: { buggy: { loads: false }, fixed: { loads: true } },
  expect: {
    buggy: { breaks: ["HEAP-LIVE"], severity: "S0" },
    fixed: { clean: ["heap_use", "kmalloc", "kfree"] },
  },
  setup(k) {
    k.run(k.kmalloc(SECS));
    k.put(word.of("secs"), true);
    return null;
  },
  threads: (_, { loads }) => ({
    // sgx_reclaimer_write: the last page of the enclave goes, and its control structure with it.
    *ksgxd(k) {
      yield* k.mutexLock(LOCK);
      yield* k.writeOnce("secs", null);
      yield* k.kfree(SECS);
      yield* k.mutexUnlock(LOCK);
    },
    // sgx_encl_eaug_page.
    *fault(k) {
      yield* k.mutexLock(LOCK);
      const there = yield* k.readOnce("secs");
      if (loads && there === null) {
        yield* k.kmalloc(SECS);
        yield* k.writeOnce("secs", true);
      }
      yield* k.heapUse(SECS);
      yield* k.mutexUnlock(LOCK);
    },
  }),
});

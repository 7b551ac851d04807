import { scenario } from "@faultline/interleave";
import { word } from "@faultline/mm";

const MUTEX = "alloc0";
const BUFFER = "binder_buffer";
const ALLOW = "allow_user_free";

export default scenario({
  title: "binder: fix race that allows malicious free of live buffer",
  fix: "7bada55ab506",
  cve: "CVE-2019-2025",
  note: "A buffer comes back from the free list with what its last life has left in allow_user_free.",
  profile: "linux-4.19",
  variants: { buggy: { cleared: "after-fill" as const }, fixed: { cleared: "at-allocation" as const } },
  expect: {
    buggy: { breaks: ["HEAP-LIVE"], severity: "S0" },
    fixed: { clean: ["mutex_lock", "heap_use"] },
  },
  setup(k) {
    k.put(word.of(ALLOW), true);
    k.put(word.of("in_use"), false);
    return null;
  },
  threads: (_, { cleared }) => ({
    // binder_transaction: takes the buffer from the free list, fills it, sends it.
    *sender(k) {
      yield* k.mutexLock(MUTEX);
      yield* k.kmalloc(BUFFER);
      yield* k.writeOnce("in_use", true);
      if (cleared === "at-allocation") yield* k.writeOnce(ALLOW, false);
      yield* k.mutexUnlock(MUTEX);
      yield* k.heapUse(BUFFER);
      yield* k.writeOnce(ALLOW, false);
      yield* k.heapUse(BUFFER);
    },
    // BC_FREE_BUFFER of an address that was a buffer once.
    *receiver(k) {
      yield* k.mutexLock(MUTEX);
      const found = yield* k.readOnce("in_use");
      if (found === true && (yield* k.readOnce(ALLOW)) === true) yield* k.kfree(BUFFER);
      yield* k.mutexUnlock(MUTEX);
    },
  }),
});

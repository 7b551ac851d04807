import { scenario } from "@faultline/interleave";
import { word } from "@faultline/mm";

const LOCK = "proc_inner_lock";
const TRANSACTION = "binder_transaction";
const BUFFER = "binder_buffer";

export default scenario({
  title: "binder: fix possible UAF when freeing buffer",
  fix: "a370003cc301",
  cve: "CVE-2019-2213",
  note: "Two objects point to each other, and each end unlinks the other before it is freed.",
  profile: "linux-4.19",
  variants: { buggy: { locked: false }, fixed: { locked: true } },
  expect: {
    buggy: { breaks: ["HEAP-LIVE"], severity: "S0" },
    fixed: { clean: ["kfree", "heap_use", "spin_unlock"] },
  },
  setup(k) {
    k.run(k.kmalloc(TRANSACTION));
    k.run(k.kmalloc(BUFFER));
    k.put(word.of("t.buffer"), true);
    k.put(word.of("b.transaction"), true);
    return null;
  },
  threads: (_, { locked }) => ({
    // binder_free_transaction
    *transaction(k) {
      if (locked) yield* k.spinLock(LOCK);
      if ((yield* k.readOnce("t.buffer")) === true) {
        yield* k.heapUse(BUFFER);
        yield* k.writeOnce("b.transaction", false);
      }
      if (locked) yield* k.spinUnlock(LOCK);
      yield* k.kfree(TRANSACTION);
    },
    // BC_FREE_BUFFER
    *buffer(k) {
      if (locked) yield* k.spinLock(LOCK);
      if ((yield* k.readOnce("b.transaction")) === true) {
        yield* k.heapUse(TRANSACTION);
        yield* k.writeOnce("t.buffer", false);
      }
      if (locked) yield* k.spinUnlock(LOCK);
      yield* k.kfree(BUFFER);
    },
  }),
});

import { scenario } from "@faultline/interleave";
import { word } from "@faultline/mm";

const FILES = "files_struct";
const LOCK = "files_lock";

export default scenario({
  title: "binder: fix proc->files use-after-free",
  fix: "7f3dc0088b98",
  cve: "CVE-2018-9465",
  note: "The reference on the proc keeps the proc, not what its pointer to the files points to.",
  profile: "linux-4.19",
  variants: { buggy: { locked: false }, fixed: { locked: true } },
  expect: {
    buggy: { breaks: ["HEAP-LIVE"], severity: "S0" },
    fixed: { clean: ["heap_use", "kfree"] },
  },
  setup(k) {
    k.run(k.kmalloc(FILES));
    k.put(word.of("files"), FILES);
    return null;
  },
  threads: (_, { locked }) => ({
    // task_get_unused_fd_flags: a descriptor in the receiver's table.
    *sender(k) {
      if (locked) yield* k.mutexLock(LOCK);
      const files = yield* k.readOnce("files");
      if (files !== null) yield* k.heapUse(FILES);
      if (locked) yield* k.mutexUnlock(LOCK);
    },
    // binder_vma_close, whose work is deferred.
    *unmapper(k) {
      yield* k.queueWork("BINDER_DEFERRED_PUT_FILES");
    },
    worker: {
      daemon: true,
      *run(k) {
        yield* k.takeWork("BINDER_DEFERRED_PUT_FILES");
        if (locked) yield* k.mutexLock(LOCK);
        const files = yield* k.readOnce("files");
        yield* k.writeOnce("files", null);
        if (locked) yield* k.mutexUnlock(LOCK);
        if (files !== null) yield* k.kfree(FILES);
        yield* k.workDone("BINDER_DEFERRED_PUT_FILES");
      },
    },
  }),
});

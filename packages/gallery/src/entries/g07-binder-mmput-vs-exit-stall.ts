import { scenario } from "@faultline/interleave";
import {
  BINDER_BUFFER,
  type BinderGeneration,
  binderGenerations,
  binderOpen,
  binderReply,
  doDentryOpen,
  VM,
} from "@faultline/mm";

const before: BinderGeneration = { ...binderGenerations["6.6"], put: "mmput" };

export default scenario({
  title: "binder: fix race between mmput() and do_exit()",
  fix: "9a9ab0d96362",
  cve: "CVE-2023-52609",
  note:
    "The last mmput tears the receiver down in the sender: the receiver's file is released by the sender's task work, " +
    "which runs when the sender is back in user mode, and the sender waits for the news of that release.",
  profile: "linux-6.6",
  variants: {
    buggy: { gen: before },
    fixed: { gen: { ...before, put: "mmput_async" } satisfies BinderGeneration },
  },
  expect: {
    buggy: { breaks: ["NO-STUCK"], severity: "S4" },
    fixed: { clean: ["mmput_async", "wait_for_completion"] },
  },
  setup(k) {
    const mm = k.mm();
    const alloc = k.run(binderOpen(mm, "binder", 1));
    const owner = `binder${alloc}`;
    const file = k.run(doDentryOpen(0, "binder", owner));
    k.run(k.mmap(mm, { start: BINDER_BUFFER, length: 4096, flags: VM.READ, ops: "binder", owner, file }));
    return { binder: { alloc, mm, ops: "binder", start: BINDER_BUFFER, pages: 1 }, mm, alloc, file };
  },
  threads: ({ binder, mm, alloc, file }, { gen }) => ({
    *sender(k) {
      yield* k.enterFromUserMode();
      if ((yield* k.binderInstall(binder, gen, 0, 1)) === 0) yield* k.waitForCompletion(binderReply(alloc));
      yield* k.exitToUserMode();
    },
    receiver: {
      mm,
      *run(k) {
        yield* k.exitProcess(mm);
        yield* k.filpClose(file);
      },
    },
    kworker: {
      daemon: true,
      *run(k) {
        yield* k.kworker();
      },
    },
  }),
});

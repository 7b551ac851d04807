import { scenario } from "@faultline/interleave";
import { refHolder, word } from "@faultline/mm";

/** The userfaultfd_ctx of the child, and the queue on which fork waits for its event to be read. */
const CTX = "uffd_ctx_child";
const EVENT = "uffd_fork_event";
const LOCK = "event_wqh_lock";

export default scenario({
  title: "userfaultfd: non-cooperative: fix fork use after free",
  fix: "384632e67e08",
  cve: "CVE-2017-15126",
  note: "The reader has taken the event off its queue and looks at the child's context; a signal ends the fork's wait.",
  profile: "linux-4.19",
  variants: { buggy: { pinned: false }, fixed: { pinned: true } },
  expect: {
    buggy: { breaks: ["HEAP-LIVE"], severity: "S0" },
    fixed: { clean: ["heap_use", "kfree", "schedule_killable"] },
  },
  setup(k) {
    k.run(k.kmalloc(CTX));
    k.put(word.of("queued"), true);
    k.put(refHolder.of(CTX, 1), 1);
    return null;
  },
  threads: (_, { pinned }) => ({
    // dup_userfaultfd_complete: gives the child's context away, or up.
    *forker(k) {
      yield* k.prepareToWait(EVENT);
      yield* k.scheduleKillable(EVENT);
      yield* k.finishWait(EVENT);
      yield* k.spinLock(LOCK);
      yield* k.writeOnce("queued", false);
      yield* k.spinUnlock(LOCK);
      if (yield* k.refcountDecAndTest(CTX)) yield* k.kfree(CTX);
    },
    // userfaultfd_ctx_read: takes the event, and makes a file of the context that it names.
    *reader(k) {
      yield* k.spinLock(LOCK);
      const queued = yield* k.readOnce("queued");
      const mine = queued === true && pinned && (yield* k.refcountIncNotZero(CTX));
      yield* k.spinUnlock(LOCK);
      if (queued !== true) return;
      yield* k.heapUse(CTX);
      yield* k.wakeUp(EVENT);
      if (mine && (yield* k.refcountDecAndTest(CTX))) yield* k.kfree(CTX);
    },
    *killer(k) {
      yield* k.sendSigKill(1);
    },
  }),
});

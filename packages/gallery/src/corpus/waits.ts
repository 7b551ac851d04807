import { again, refHolder } from "@faultline/mm";
import type { CorpusItem } from "./item.ts";
import { story } from "./process.ts";

/** Completions, wait queues, work, interrupts, and the shared words of the literature's programs. */
export const waits: readonly CorpusItem[] = [
  story("waits/completion", {
    title: "one completion lets one of two waiters go, and the other only tries",
    profile: "linux-6.12",
    expect: { clean: ["complete", "try_wait_for_completion", "wait_for_completion"] },
    threads: {
      *waiter(k) {
        yield* k.waitForCompletion("done");
      },
      *tries(k) {
        if (yield* k.tryWaitForCompletion("done")) yield* k.complete("done");
      },
    },
    others: {
      *worker(k) {
        yield* k.complete("done");
      },
    },
  }),
  story("waits/queue", {
    title: "a killable waiter is woken or killed, whichever comes first, and another is woken with everybody",
    profile: "linux-6.12",
    expect: {
      clean: ["schedule", "schedule_killable", "finish_wait", "wake_up", "wake_up_all", "fatal_signal_pending"],
    },
    threads: {
      *killable(k) {
        yield* k.prepareToWait("queue");
        yield* k.writeOnce("killable", "waits");
        yield* k.scheduleKillable("queue");
        yield* k.fatalSignalPending();
        yield* k.finishWait("queue");
      },
      *patient(k) {
        yield* k.prepareToWait("queue");
        yield* k.writeOnce("patient", "waits");
        yield* k.schedule("queue");
        yield* k.finishWait("queue");
      },
    },
    others: {
      *waker(k) {
        yield* k.waitEvent("killable", "waits");
        yield* k.waitEvent("patient", "waits");
        yield* k.sendSigKill(1);
        yield* k.wakeUp("queue");
        yield* k.wakeUpAll("queue");
        yield* k.wakeUpAll("queue");
      },
    },
  }),
  story("waits/work", {
    title: "work is queued twice, done by a worker, and waited for",
    profile: "linux-6.12",
    expect: { clean: ["queue_work", "worker_take_work", "worker_work_done", "flush_work"] },
    threads: {
      *process(k) {
        yield* k.queueWork("work");
        yield* k.queueWork("work");
        yield* k.flushWork("work");
      },
    },
    daemons: {
      *worker(k) {
        yield* k.loop(null, function* () {
          yield* k.takeWork("work");
          yield* k.workDone("work");
          return again(null);
        });
      },
    },
  }),
  story("waits/interrupts", {
    title: "a lockless walk with interrupts off keeps whoever frees page tables waiting",
    profile: "linux-6.12",
    expect: { clean: ["local_irq_disable", "local_irq_enable", "smp_call_function"] },
    threads: {
      *walk(k) {
        yield* k.localIrqDisable();
        yield* k.localIrqEnable();
      },
    },
    others: {
      *free(k) {
        yield* k.smpCallFunction();
      },
    },
  }),
  story("waits/words", {
    title: "counters and references that two threads share",
    profile: "linux-6.12",
    expect: { clean: ["cmpxchg", "atomic_fetch_add", "atomic_add", "atomic_read", "access", "read_once"] },
    threads: {
      *one(k) {
        yield* k.writeOnce("word", 0);
        yield* k.fetchAdd("word", 1);
        yield* k.cmpxchg("word", 1, 2);
        yield* k.access(["word"], { other: 1 });
        yield* k.atomicAdd("count", 1);
      },
      *other(k) {
        yield* k.readOnce("other");
        yield* k.atomicAdd("count", 2);
        yield* k.atomicRead("count");
      },
    },
  }),
  story("waits/references", {
    title: "a reference is taken unless the last is gone",
    profile: "linux-6.12",
    expect: { clean: ["refcount_inc_not_zero", "refcount_dec", "refcount_dec_and_test"] },
    setup: (k) => k.put(refHolder.of("object", 1), 1),
    threads: {
      *owner(k) {
        yield* k.refcountDecAndTest("object");
      },
    },
    others: {
      *other(k) {
        if (yield* k.refcountIncNotZero("object")) yield* k.refcountDec("object");
      },
    },
  }),
];

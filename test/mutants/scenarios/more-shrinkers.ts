import { type Scenario, scenario } from "@faultline/interleave";
import { ASHMEM_MUTEX, lazyBinderGenerations, openLazyBinder } from "@faultline/mm";
import { lazyAwaitReclaim, lazyMutex } from "../../../packages/mm/src/drivers/lazy-state.ts";
import { lazyQueueEmpty, listLruCount } from "./own-steps.ts";
import type { MutantScenario } from "./mutant-scenario.ts";
import { remembers } from "./together.ts";

function lazyWorker(name: keyof typeof lazyBinderGenerations): Scenario {
  const gen = lazyBinderGenerations[name];
  return scenario({
    title: "the lazy driver's worker waits for what the shrinker hands it",
    profile: "linux-7.0",
    variants: { only: {} },
    setup(k) {
      const binder = openLazyBinder(k, gen, 1);
      k.run(k.lazyUseRange(binder, 0, 1));
      k.run(k.lazyStopUsingRange(binder, 0, 1));
      return binder;
    },
    threads: (binder) => ({
      shrinker: remembers("shrinker", null, (k) => k.lazyShrinkScan(binder)),
      worker: remembers("worker", null, (k) => k.lazyWorker(binder, gen), true),
    }),
  });
}

/** Whoever wakes up for the shrinker's work looks at the list and at the driver's lock. */
function lazyWatcher(look: "list" | "lock"): Scenario {
  return scenario({
    title: "who is woken by the lazy driver's shrinker looks at the list or the lock",
    profile: "linux-7.0",
    variants: { only: {} },
    setup(k) {
      const binder = openLazyBinder(k, lazyBinderGenerations.fault, 1);
      k.run(k.lazyUseRange(binder, 0, 1));
      k.run(k.lazyStopUsingRange(binder, 0, 1));
      return binder;
    },
    threads: (binder) => ({
      shrinker: remembers("shrinker", null, (k) => k.lazyShrinkScan(binder)),
      watcher: remembers("watcher", null, function* (k) {
        yield* lazyAwaitReclaim(binder.alloc);
        if (look === "list") return yield* listLruCount();
        const free = yield* k.mutexTrylock(lazyMutex(binder.alloc));
        if (free) yield* k.mutexUnlock(lazyMutex(binder.alloc));
        return free;
      }),
    }),
  });
}

/** The worker takes what was handed to it, while another finds its lock taken and then still something to take. */
const lazyTaken: Scenario = scenario({
  title: "the lazy driver's worker takes its lock, then the page",
  profile: "linux-7.0",
  variants: { only: {} },
  setup(k) {
    const binder = openLazyBinder(k, lazyBinderGenerations.fault, 1);
    k.run(k.lazyUseRange(binder, 0, 1));
    k.run(k.lazyStopUsingRange(binder, 0, 1));
    k.run(k.lazyShrinkScan(binder));
    return binder;
  },
  threads: (binder) => ({
    worker: remembers("worker", null, (k) => k.lazyReclaimOne(binder, lazyBinderGenerations.fault)),
    watcher: remembers(
      "watcher",
      null,
      function* (k) {
        const free = yield* k.mutexTrylock(lazyMutex(binder.alloc));
        if (free) yield* k.mutexUnlock(lazyMutex(binder.alloc));
        yield* lazyAwaitReclaim(binder.alloc);
        return free;
      },
      true,
    ),
  }),
});

/** The list and the worker's queue, looked at without a lock while a page goes from the one to the other. */
const lazyHanded: Scenario = scenario({
  title: "the lazy driver's shrinker hands a page to a worker that is not there yet",
  profile: "linux-7.0",
  variants: { only: {} },
  setup(k) {
    const binder = openLazyBinder(k, lazyBinderGenerations.fault, 1);
    k.run(k.lazyUseRange(binder, 0, 1));
    k.run(k.lazyStopUsingRange(binder, 0, 1));
    return binder;
  },
  threads: (binder) => ({
    shrinker: remembers("shrinker", null, (k) => k.lazyShrinkScan(binder)),
    watcher: remembers("watcher", null, function* () {
      const count = yield* listLruCount();
      return [count, yield* lazyQueueEmpty(binder.alloc)];
    }),
  }),
});

/** The queue is empty before the worker lets go of the lock, which one without its lock does at once. */
const lazyEmptied: Scenario = scenario({
  title: "the lazy driver's worker has taken its page and still has the lock",
  profile: "linux-7.0",
  variants: { only: {} },
  setup(k) {
    const binder = openLazyBinder(k, lazyBinderGenerations.fault, 1);
    k.run(k.lazyUseRange(binder, 0, 1));
    k.run(k.lazyStopUsingRange(binder, 0, 1));
    k.run(k.lazyShrinkScan(binder));
    return binder;
  },
  threads: (binder) => ({
    worker: remembers("worker", null, (k) =>
      k.lazyReclaimOne(binder, { ...lazyBinderGenerations.fault, reclaimLock: false }),
    ),
    watcher: remembers("watcher", null, function* (k) {
      const empty = yield* lazyQueueEmpty(binder.alloc);
      const free = yield* k.mutexTrylock(lazyMutex(binder.alloc));
      if (free) yield* k.mutexUnlock(lazyMutex(binder.alloc));
      return [empty, free];
    }),
  }),
});

const ashmem: Scenario = scenario({
  title: "ashmem's shrinker and another who only tries for its mutex",
  profile: "linux-4.19",
  variants: { only: {} },
  setup: (k) => k.mm(),
  threads: () => ({
    shrinker: remembers("shrinker", null, (k) => k.ashmemShrinkScan()),
    other: remembers("other", null, function* (k) {
      const free = yield* k.mutexTrylock(ASHMEM_MUTEX);
      if (free) yield* k.mutexUnlock(ASHMEM_MUTEX);
      return free;
    }),
  }),
});

/** Shrinkers beside the two binders that install their pages themselves. */
export const moreShrinkers: readonly MutantScenario[] = [
  { name: "lazy worker, on fault", profiles: ["linux-7.0"], scenario: lazyWorker("fault") },
  { name: "lazy worker, on return", profiles: ["linux-7.0"], scenario: lazyWorker("return") },
  { name: "lazy watcher of the list", profiles: ["linux-7.0"], scenario: lazyWatcher("list") },
  { name: "lazy watcher of the lock", profiles: ["linux-7.0"], scenario: lazyWatcher("lock") },
  { name: "lazy worker takes", profiles: ["linux-7.0"], scenario: lazyTaken },
  { name: "lazy shrinker hands over", profiles: ["linux-7.0"], scenario: lazyHanded },
  { name: "lazy worker without its lock", profiles: ["linux-7.0"], scenario: lazyEmptied },
  { name: "ashmem shrinker", profiles: ["linux-4.19"], scenario: ashmem },
];

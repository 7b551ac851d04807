import { mutexLock, mutexTrylock, mutexUnlock, spinLock, spinUnlock } from "../events/lock-steps.ts";
import { doShrinkSlab, listLruIsolate, listLruPeek, shrinkSlabEnd } from "../events/lru-steps.ts";
import type { Steps } from "../events/step.ts";
import type { Context } from "../kernel/context.ts";
import { again, done, loop, type Procedure, procedure } from "../kernel/procedure.ts";
import { unmapMappingPages } from "../kernel/unmap-mapping.ts";
import { LRU } from "../objects/lru.ts";
import type { PagePtr } from "../objects/page.ts";
import { BINDER_LRU, binderFreePage, binderTakePage } from "./binder-state.ts";
import type { LazyBinderGeneration } from "./lazy-generation.ts";
import { lazyAwaitReclaim, type LazyHandle, lazyMutex, lazyQueueReclaim, lazyTakeReclaim } from "./lazy-state.ts";

/** The shrinker's callback for one page, under the lru lock: it may not sleep, so a worker does the rest. */
export const lazyFreePage: Procedure<Context, [LazyHandle, number], number> = procedure(
  "lazy_free_page",
  function* (_k, { alloc }: LazyHandle, index: number) {
    if (!(yield* mutexTrylock(lazyMutex(alloc)))) return LRU.SKIP;
    yield* listLruIsolate(BINDER_LRU, { alloc, index });
    yield* lazyQueueReclaim(alloc, index);
    yield* mutexUnlock(lazyMutex(alloc));
    return LRU.REMOVED;
  },
);

/** A shrinker pass over the first page of the lru. Returns how many pages it handed to the worker. */
export const lazyShrinkScan: Procedure<Context, [LazyHandle], number> = procedure(
  "lazy_shrink_scan",
  function* (k, binder: LazyHandle) {
    yield* doShrinkSlab();
    yield* spinLock(BINDER_LRU);
    const item = yield* listLruPeek(BINDER_LRU, 0);
    const status = item === null ? LRU.SKIP : yield* lazyFreePage(k, binder, item.index);
    yield* spinUnlock(BINDER_LRU);
    return yield* shrinkSlabEnd(status === LRU.REMOVED ? 1 : 0);
  },
);

/** The worker frees the oldest page that it was given: whether there was one. */
export const lazyReclaimOne: Procedure<Context, [LazyHandle, LazyBinderGeneration], boolean> = procedure(
  "lazy_reclaim_page",
  function* (k, binder: LazyHandle, gen: LazyBinderGeneration) {
    const { alloc } = binder;
    yield* mutexLock(lazyMutex(alloc));
    const index = yield* lazyTakeReclaim(alloc);
    if (index === null || !gen.reclaimLock) yield* mutexUnlock(lazyMutex(alloc));
    if (index === null) return false;
    const page = yield* takeAndUnmap(k, binder, gen, index);
    if (gen.reclaimLock) yield* mutexUnlock(lazyMutex(alloc));
    if (page !== null) yield* binderFreePage(alloc, page);
    return true;
  },
);

/** No PTE of any VMA of the file maps the page when this returns, and the slot is empty. */
function* takeAndUnmap(
  k: Context,
  binder: LazyHandle,
  gen: LazyBinderGeneration,
  index: number,
): Steps<PagePtr | null> {
  const { alloc, inode } = binder;
  if (gen.reclaimOrder === "unmap-first") yield* unmapMappingPages(k, inode, index, 1);
  const page = yield* binderTakePage(alloc, index);
  if (gen.reclaimOrder === "clear-first") yield* unmapMappingPages(k, inode, index, 1);
  return page;
}

/** The worker: frees page after page, for ever. Run it as a daemon. */
export const lazyWorker: Procedure<Context, [LazyHandle, LazyBinderGeneration], null> = procedure(
  "lazy_worker",
  function* (k, binder: LazyHandle, gen: LazyBinderGeneration) {
    return yield* loop(null, function* () {
      yield* lazyAwaitReclaim(binder.alloc);
      const freed = yield* lazyReclaimOne(k, binder, gen);
      return freed || binder.alloc >= 0 ? again(null) : done();
    });
  },
);

import { mutexLock, mutexUnlock } from "../events/lock-steps.ts";
import { listLruAdd, listLruDel } from "../events/lru-steps.ts";
import { ERRNO } from "../objects/errno.ts";
import type { Context } from "../kernel/context.ts";
import { tryAllocPage } from "../kernel/failure.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { BINDER_LRU, binderGetInstalledPage, binderSetInstalledPage } from "./binder-state.ts";
import { lazyCancelReclaim, type LazyHandle, lazyMutex } from "./lazy-state.ts";

/**
 * The sender makes sure that pages [first, first + count) of the receiver's buffer are there, and writes into them
 * through the array: no mmap lock, no VMA, no reference on the receiver's address space. 0 or -ENOMEM.
 */
export const lazyUseRange: Procedure<Context, [LazyHandle, number, number], number> = procedure(
  "lazy_use_range",
  function* (k, { alloc }: LazyHandle, first: number, count: number) {
    yield* mutexLock(lazyMutex(alloc));
    let error = 0;
    for (let index = first; index < first + count && error === 0; index++) {
      if ((yield* binderGetInstalledPage(alloc, index)) === null) {
        const page = yield* tryAllocPage(k);
        if (page === null) error = ERRNO.ENOMEM;
        else yield* binderSetInstalledPage(alloc, index, page);
      } else if (!(yield* listLruDel(BINDER_LRU, { alloc, index }))) {
        yield* lazyCancelReclaim(alloc, index);
      }
    }
    yield* mutexUnlock(lazyMutex(alloc));
    return error;
  },
);

/** Pages of a buffer that nobody uses any more go to the lru. */
export const lazyStopUsingRange: Procedure<Context, [LazyHandle, number, number], null> = procedure(
  "lazy_stop_using_range",
  function* (_k, { alloc }: LazyHandle, first: number, count: number) {
    yield* mutexLock(lazyMutex(alloc));
    for (let index = first; index < first + count; index++) yield* listLruAdd(BINDER_LRU, { alloc, index });
    yield* mutexUnlock(lazyMutex(alloc));
    return null;
  },
);

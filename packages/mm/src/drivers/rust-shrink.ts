import { spinLock, spinTrylock, spinUnlock } from "../events/lock-steps.ts";
import { doShrinkSlab, listLruIsolate, listLruPeek, shrinkSlabEnd } from "../events/lru-steps.ts";
import { mmgetNotZero, mmputAsync } from "../events/mm-steps.ts";
import { mmapReadTrylock, mmapReadUnlock } from "../events/mmap-lock-steps.ts";
import { vmaLookup } from "../events/vma-steps.ts";
import type { Context } from "../kernel/context.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { LRU } from "../objects/lru.ts";
import { type BinderHandle } from "./binder-handle.ts";
import { BINDER_LRU, binderFreePage, binderTakePage } from "./binder-state.ts";
import type { RustBinderGeneration } from "./rust-generation.ts";
import { unlockRange } from "./rust-range.ts";
import { rangeLock, stableTrylockMm } from "./rust-range-state.ts";
import { checkVma, zapPageChecked } from "./rust-vma.ts";

/** rust_shrink_free_page: the shrinker's callback for one page, under the lru lock. An enum lru_status. */
export const rustFreePage: Procedure<Context, [BinderHandle, RustBinderGeneration, number], number> = procedure(
  "rust_shrink_free_page",
  function* (k, binder: BinderHandle, gen: RustBinderGeneration, index: number) {
    const { alloc, mm, start } = binder;
    if (!(yield* mmgetNotZero(mm))) return LRU.SKIP;
    if (!(yield* tryLocks(k, binder, gen))) {
      yield* mmputAsync(mm);
      return LRU.SKIP;
    }
    yield* listLruIsolate(BINDER_LRU, { alloc, index });
    const page = yield* binderTakePage(alloc, index);
    yield* spinUnlock(rangeLock(alloc));
    yield* spinUnlock(BINDER_LRU);
    const vma = yield* vmaLookup(mm, start);
    if (vma !== null && (yield* checkVma(k, binder, gen, vma))) yield* zapPageChecked(k, binder, vma, index);
    yield* mmapReadUnlock(mm);
    yield* unlockRange(k, binder, gen);
    yield* mmputAsync(mm);
    if (page !== null) yield* binderFreePage(alloc, page);
    yield* spinLock(BINDER_LRU);
    return LRU.REMOVED_RETRY;
  },
);

/** The three locks that a reclaimer may only try; false with none held. */
const tryLocks: Procedure<Context, [BinderHandle, RustBinderGeneration], boolean> = procedure(
  "rust_shrink_trylocks",
  function* (k, binder: BinderHandle, gen: RustBinderGeneration) {
    if (!(yield* stableTrylockMm(binder.alloc, gen.mmLock))) return false;
    if (yield* mmapReadTrylock(binder.mm)) {
      if (yield* spinTrylock(rangeLock(binder.alloc))) return true;
      yield* mmapReadUnlock(binder.mm);
    }
    yield* unlockRange(k, binder, gen);
    return false;
  },
);

/** A shrinker pass over the first page of the lru. Returns how many pages it freed. */
export const rustShrinkScan: Procedure<Context, [BinderHandle, RustBinderGeneration], number> = procedure(
  "rust_shrink_scan",
  function* (k, binder: BinderHandle, gen: RustBinderGeneration) {
    yield* doShrinkSlab();
    yield* spinLock(BINDER_LRU);
    const item = yield* listLruPeek(BINDER_LRU, 0);
    const status = item === null ? LRU.SKIP : yield* rustFreePage(k, binder, gen, item.index);
    yield* spinUnlock(BINDER_LRU);
    return yield* shrinkSlabEnd(status === LRU.REMOVED_RETRY ? 1 : 0);
  },
);

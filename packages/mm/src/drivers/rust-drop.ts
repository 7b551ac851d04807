import { kfree } from "../events/heap-steps.ts";
import { listLruDel } from "../events/lru-steps.ts";
import { putPage } from "../events/page-steps.ts";
import type { Context } from "../kernel/context.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import type { BinderHandle } from "./binder-handle.ts";
import { BINDER_LRU, binderTakePage } from "./binder-state.ts";
import type { RustBinderGeneration } from "./rust-generation.ts";
import { lockRange, unlockRange } from "./rust-range.ts";
import { rangeObject } from "./rust-range-state.ts";

/**
 * ShrinkablePageRange::drop: takes the pages off the lru and gives them back, then the range's memory goes. mm_lock
 * makes it wait for a shrinker that is at one of its pages. The range was allocated as {@link rangeObject}.
 */
export const rustDropRange: Procedure<Context, [BinderHandle, RustBinderGeneration], null> = procedure(
  "ShrinkablePageRange::drop",
  function* (k, binder: BinderHandle, gen: RustBinderGeneration) {
    const { alloc, pages } = binder;
    if (gen.dropTakesMmLock) yield* lockRange(binder, gen);
    for (let index = 0; index < pages; index++) {
      const page = yield* binderTakePage(alloc, index);
      if (page === null) continue;
      yield* listLruDel(BINDER_LRU, { alloc, index });
      yield* putPage(page);
    }
    if (gen.dropTakesMmLock) yield* unlockRange(k, binder, { ...gen, unlock: "at-once" });
    return yield* kfree(rangeObject(alloc));
  },
);

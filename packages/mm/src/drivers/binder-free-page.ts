import { mmgetNotZero, mmputAsync } from "../events/mm-steps.ts";
import { mmapReadTrylock, mmapReadUnlock, mmapWriteTrylock, mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import { putPage } from "../events/page-steps.ts";
import { doShrinkSlab, listLruIsolate, listLruPeek, shrinkSlabEnd } from "../events/lru-steps.ts";
import { mutexTrylock, mutexUnlock, spinLock, spinTrylock, spinUnlock } from "../events/lock-steps.ts";
import { vmaLookup } from "../events/vma-steps.ts";
import type { Steps } from "../events/step.ts";
import { PAGE_SIZE } from "../objects/address.ts";
import { LRU } from "../objects/lru.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "../kernel/context.ts";
import { mmput } from "../kernel/mmput.ts";
import { again, done, loop, type Procedure, procedure } from "../kernel/procedure.ts";
import { zapPageRangeSingle } from "../kernel/zap.ts";
import { freePageUnderVma } from "./binder-free-page-vma.ts";
import type { BinderGeneration } from "./binder-generation.ts";
import { addressOf, type BinderHandle, driverOf } from "./binder-handle.ts";
import {
  allocLock,
  BINDER_LRU,
  binderAllocGetVma,
  binderAllocIsMapped,
  binderGetInstalledPage,
  binderSkipInvalidVma,
  binderTakePage,
} from "./binder-state.ts";

/**
 * binder_alloc_free_page: the shrinker's callback for one page, called under the lru lock, which it drops where it
 * frees something and takes again. An enum lru_status. drivers/android/binder_alloc.c
 */
export const binderAllocFreePage: Procedure<Context, [BinderHandle, BinderGeneration, number], number> = procedure(
  "binder_alloc_free_page",
  function* (k, binder: BinderHandle, gen: BinderGeneration, index: number) {
    if (gen.reclaimLock === "vma" || gen.reclaimLock === "vma-only") {
      return yield* freePageUnderVma(k, binder, gen, index);
    }
    if (gen.reclaimFirst === "mmap") {
      const locked = yield* getMm(k, binder, gen);
      if (!locked) return LRU.SKIP;
      if (!(yield* tryAlloc(binder, gen))) return yield* skip(k, binder, gen, "mm");
    } else {
      if (!(yield* tryAlloc(binder, gen))) return LRU.SKIP;
    }
    if ((yield* binderGetInstalledPage(binder.alloc, index)) === null) {
      return yield* skip(k, binder, gen, gen.reclaimFirst === "mmap" ? "both" : "alloc");
    }
    const early = gen.reclaimVma === "stash-before-lock" ? yield* binderAllocGetVma(binder.alloc) : undefined;
    const needsMm = early !== null;
    if (gen.reclaimFirst === "alloc" && needsMm && !(yield* getMm(k, binder, gen))) {
      return yield* skip(k, binder, gen, "alloc");
    }
    const vma = early === undefined ? yield* findVma(binder, gen, index) : early;
    if (vma === "impostor") {
      yield* binderSkipInvalidVma(binder.alloc, index);
      return yield* skip(k, binder, gen, "both");
    }
    return yield* free(k, binder, gen, index, vma, needsMm);
  },
);

/** From here on the page is this task's: off the list, out of its slot, out of the page table. */
const free: Procedure<Context, [BinderHandle, BinderGeneration, number, VmaPtr | null, boolean], number> = procedure(
  "binder_alloc_free_page_locked",
  function* (k, binder: BinderHandle, gen: BinderGeneration, index: number, vma: VmaPtr | null, needsMm: boolean) {
    const { alloc, mm } = binder;
    yield* listLruIsolate(BINDER_LRU, { alloc, index });
    const early = gen.allocLock === "spin" ? yield* binderTakePage(alloc, index) : null;
    yield* spinUnlock(BINDER_LRU);
    if (gen.allocLock === "spin") yield* dropAlloc(binder, gen);
    if (vma !== null)
      yield* zapPageRangeSingle(k, mm, vma, addressOf(binder, index), PAGE_SIZE, driverOf(binder, index));
    if (needsMm) {
      yield* unlockMmap(binder, gen);
      if (gen.put === "mmput_async") yield* mmputAsync(mm);
      else yield* mmput(k, mm);
    }
    const page = gen.allocLock === "spin" ? early : yield* binderTakePage(alloc, index);
    if (page !== null) yield* putPage(page);
    yield* spinLock(BINDER_LRU);
    if (gen.allocLock === "mutex") yield* dropAlloc(binder, gen);
    return LRU.REMOVED_RETRY;
  },
);

/** Lets go of what was taken and leaves the page where it is. */
const skip: Procedure<Context, [BinderHandle, BinderGeneration, "alloc" | "mm" | "both"], number> = procedure(
  "binder_alloc_free_page_skip",
  function* (_k, binder: BinderHandle, gen: BinderGeneration, holding: "alloc" | "mm" | "both") {
    if (holding !== "mm") yield* dropAlloc(binder, gen);
    if (holding !== "alloc") {
      yield* unlockMmap(binder, gen);
      yield* mmputAsync(binder.mm);
    }
    return LRU.SKIP;
  },
);

/** mmget_not_zero, then a try for mmap_lock; false with nothing held. */
const getMm: Procedure<Context, [BinderHandle, BinderGeneration], boolean> = procedure(
  "binder_get_mm",
  function* (_k, { mm }: BinderHandle, gen: BinderGeneration) {
    if (!(yield* mmgetNotZero(mm))) return false;
    const locked = gen.reclaimLock === "write" ? yield* mmapWriteTrylock(mm) : yield* mmapReadTrylock(mm);
    if (!locked) yield* mmputAsync(mm);
    return locked;
  },
);

function unlockMmap({ mm }: BinderHandle, gen: BinderGeneration): Steps<null> {
  return gen.reclaimLock === "write" ? mmapWriteUnlock(mm) : mmapReadUnlock(mm);
}

function* findVma(binder: BinderHandle, gen: BinderGeneration, index: number): Steps<VmaPtr | null | "impostor"> {
  if (gen.reclaimVma === "stash") return yield* binderAllocGetVma(binder.alloc);
  if (gen.reclaimVma === "lookup-start") {
    return (yield* binderAllocIsMapped(binder.alloc)) ? yield* vmaLookup(binder.mm, binder.start) : null;
  }
  const vma = yield* vmaLookup(binder.mm, addressOf(binder, index));
  if (vma === null) return null;
  if (gen.reclaimImpostor !== "compare") {
    if (yield* binderAllocIsMapped(binder.alloc)) return vma;
    return gen.reclaimImpostor === "mapped" ? "impostor" : null;
  }
  const own = yield* binderAllocGetVma(binder.alloc);
  return own?.vma === vma.vma && own.gen === vma.gen ? vma : "impostor";
}

function tryAlloc({ alloc }: BinderHandle, gen: BinderGeneration): Steps<boolean> {
  return gen.allocLock === "spin" ? spinTrylock(allocLock(alloc)) : mutexTrylock(allocLock(alloc));
}

function dropAlloc({ alloc }: BinderHandle, gen: BinderGeneration): Steps<null> {
  return gen.allocLock === "spin" ? spinUnlock(allocLock(alloc)) : mutexUnlock(allocLock(alloc));
}

/**
 * do_shrink_slab over the driver's lru: up to `scan` items, each given to its allocator's callback. Returns how many
 * were freed. mm/list_lru.c, __list_lru_walk_one()
 */
export const binderShrinkScan: Procedure<Context, [readonly BinderHandle[], BinderGeneration, number], number> =
  procedure("binder_shrink_scan", function* (k, binders: readonly BinderHandle[], gen: BinderGeneration, scan: number) {
    yield* doShrinkSlab();
    yield* spinLock(BINDER_LRU);
    const freed = yield* loop({ place: 0, left: scan, freed: 0 }, function* ({ place, left, freed }) {
      const item = left === 0 ? null : yield* listLruPeek(BINDER_LRU, place);
      const binder = binders.find(({ alloc }) => alloc === item?.alloc);
      if (item === null || binder === undefined) return done(freed);
      const status = yield* binderAllocFreePage(k, binder, gen, item.index);
      return status === LRU.SKIP
        ? again({ place: place + 1, left: left - 1, freed })
        : again({ place: 0, left: left - 1, freed: freed + 1 });
    });
    yield* spinUnlock(BINDER_LRU);
    yield* shrinkSlabEnd(freed);
    return freed;
  });

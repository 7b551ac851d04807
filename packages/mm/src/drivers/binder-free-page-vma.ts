import { mutexTrylock, mutexUnlock, spinLock, spinUnlock } from "../events/lock-steps.ts";
import { listLruIsolate } from "../events/lru-steps.ts";
import { mmgetNotZero, mmputAsync } from "../events/mm-steps.ts";
import { mmapReadTrylock, mmapReadUnlock } from "../events/mmap-lock-steps.ts";
import { vmaLookup } from "../events/vma-steps.ts";
import { lockVmaUnderRcu, vmaEndRead } from "../kernel/vma-lock.ts";
import type { Context } from "../kernel/context.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { zapPageRangeSingle } from "../kernel/zap.ts";
import { PAGE_SIZE } from "../objects/address.ts";
import { LRU } from "../objects/lru.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { BinderGeneration } from "./binder-generation.ts";
import { addressOf, type BinderHandle, driverOf } from "./binder-handle.ts";
import {
  allocLock,
  BINDER_LRU,
  binderAllocIsMapped,
  binderFreePage,
  binderSkipInvalidVma,
  binderTakePage,
} from "./binder-state.ts";

/** What is held of the address space, and the VMA at the page's address. */
type Stable = { readonly by: "vma" | "mmap" | "none"; readonly vma: VmaPtr | null };

/**
 * binder_alloc_free_page from 6.14 on, called under the lru lock: the VMA lock is tried before mmap_lock, and alloc->mapped
 * tells whether the VMA found is the allocator's. An enum lru_status. drivers/android/binder_alloc.c
 */
export const freePageUnderVma: Procedure<Context, [BinderHandle, BinderGeneration, number], number> = procedure(
  "binder_alloc_free_page_vma",
  function* (k, binder: BinderHandle, gen: BinderGeneration, index: number) {
    if (!(yield* mmgetNotZero(binder.mm))) return LRU.SKIP;
    const stable = yield* stabilise(k, binder, gen, index);
    if (stable === null) {
      yield* mmputAsync(binder.mm);
      return LRU.SKIP;
    }
    if (!(yield* mutexTrylock(allocLock(binder.alloc)))) {
      yield* letGo(k, binder, stable);
      return LRU.SKIP;
    }
    const target = yield* whatToZap(k, binder, gen, index, stable);
    if (target !== "skip") return yield* free(k, binder, index, stable, target);
    yield* mutexUnlock(allocLock(binder.alloc));
    yield* letGo(k, binder, stable);
    return LRU.SKIP;
  },
);

/** The VMA at the page's address, stable; null when no lock could be had. */
const stabilise: Procedure<Context, [BinderHandle, BinderGeneration, number], Stable | null> = procedure(
  "binder_stabilise_vma",
  function* (k, binder: BinderHandle, gen: BinderGeneration, index: number) {
    const address = addressOf(binder, index);
    const locked = yield* lockVmaUnderRcu(k, binder.mm, address);
    if (locked !== null) return { by: "vma" as const, vma: locked };
    if (gen.reclaimLock === "vma-only") return { by: "none" as const, vma: null };
    if (!(yield* mmapReadTrylock(binder.mm))) return null;
    return { by: "mmap" as const, vma: yield* vmaLookup(binder.mm, address) };
  },
);

/** The VMA to zap, null where nothing is mapped, or that the page must be left alone. */
const whatToZap: Procedure<Context, [BinderHandle, BinderGeneration, number, Stable], VmaPtr | null | "skip"> =
  procedure(
    "binder_find_mapping",
    function* (_k, { alloc }: BinderHandle, gen: BinderGeneration, index: number, { by, vma }: Stable) {
      if (by === "mmap" && vma === null) return null;
      if (yield* binderAllocIsMapped(alloc)) return vma ?? "skip";
      if (gen.reclaimImpostor === "reclaim" || vma === null) return null;
      yield* binderSkipInvalidVma(alloc, index);
      return "skip";
    },
  );

/** Takes the page out of slot, list and page table, then gives it back with no lock held but the list's. */
const free: Procedure<Context, [BinderHandle, number, Stable, VmaPtr | null], number> = procedure(
  "binder_alloc_free_page_vma_locked",
  function* (k, binder: BinderHandle, index: number, stable: Stable, vma: VmaPtr | null) {
    const { alloc, mm } = binder;
    const page = yield* binderTakePage(alloc, index);
    yield* listLruIsolate(BINDER_LRU, { alloc, index });
    yield* spinUnlock(BINDER_LRU);
    if (vma !== null)
      yield* zapPageRangeSingle(k, mm, vma, addressOf(binder, index), PAGE_SIZE, driverOf(binder, index));
    yield* mutexUnlock(allocLock(alloc));
    yield* letGo(k, binder, stable);
    if (page !== null) yield* binderFreePage(alloc, page);
    yield* spinLock(BINDER_LRU);
    return LRU.REMOVED_RETRY;
  },
);

const letGo: Procedure<Context, [BinderHandle, Stable], null> = procedure(
  "binder_unlock_mm",
  function* (k, { mm }: BinderHandle, { by, vma }: Stable) {
    if (by === "vma" && vma !== null) yield* vmaEndRead(k, vma);
    if (by === "mmap") yield* mmapReadUnlock(mm);
    yield* mmputAsync(mm);
    return null;
  },
);

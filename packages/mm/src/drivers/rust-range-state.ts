import { acquire, release, take } from "../events/lock-steps.ts";
import { type AnyStep, type Step, step } from "../events/step.ts";
import type { StepContext } from "../events/step-context.ts";
import { heapObject } from "../objects/heap.ts";
import { lruList } from "../objects/lru.ts";
import { HEAP_LIVE } from "../rules/rcu.ts";
import type { Reader } from "../store/transaction.ts";
import { BINDER_LRU, binderPage } from "./binder-state.ts";

/** The heap object in which a range's locks and its page array lie. Scenarios that let it die allocate it (kmalloc). */
export function rangeObject(alloc: number): string {
  return `range${alloc}`;
}

/** ShrinkablePageRange::mm_lock, a mutex: serialises inserts and zaps. */
export function mmLock(alloc: number): string {
  return `mm_lock${alloc}`;
}

/** ShrinkablePageRange::lock, a spinlock: guards the page array. */
export function rangeLock(alloc: number): string {
  return `range${alloc}`;
}

/** PageInfo: no page; a page on the lru; a page in use. */
export type RustPageState = "free" | "available" | "used";

/** The state of one PageInfo. */
export function rustPageState(state: Reader, alloc: number, index: number): RustPageState {
  if (state.read(binderPage.of(alloc, index)) === null) return "free";
  const onList = state.read(lruList.of(BINDER_LRU)).some((one) => one.alloc === alloc && one.index === index);
  return onList ? "available" : "used";
}

/** stable_trylock_mm: the shrinker, under the lru lock, tries mm_lock of the range that its item belongs to. */
export const stableTrylockMm: Step<[number, boolean], boolean> = step("stable_trylock_mm", (tx, alloc, locks) => {
  mustLive(tx, alloc);
  return !locks || take(tx, mmLock(alloc), "mutex");
});

/** self.mm_lock.lock() */
export const rangeLockMm: Step<[number], null> = step("mm_lock", (tx, alloc) => {
  mustLive(tx, alloc);
  return acquire(tx, mmLock(alloc), "mutex");
});

/** mm_lock's guard is dropped, where nobody waits for it. */
export const rangeUnlockMm: Step<[number], null> = step("mm_unlock", (tx, alloc) => {
  mustLive(tx, alloc);
  release(tx, mmLock(alloc));
});

/** A range whose life no scenario follows always lives. */
function mustLive(tx: StepContext, alloc: number): void {
  const name = rangeObject(alloc);
  if (tx.read(heapObject.of(name)) === "freed")
    tx.violate(HEAP_LIVE, `heap:${name}`, `${tx.op} of ${name}, which is freed`);
}

export const rustRangeSteps: readonly AnyStep[] = [stableTrylockMm, rangeLockMm, rangeUnlockMm];

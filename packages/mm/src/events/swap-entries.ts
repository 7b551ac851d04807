import { lockOwner } from "../objects/lock.ts";
import { folioLock } from "../objects/page.ts";
import { swapCache, swapCount, swapHolder } from "../objects/swap.ts";
import { putRef } from "./page-refs.ts";
import type { StepContext } from "./step-context.ts";

/** One more PTE names the slot. */
export function swapDuplicate(tx: StepContext, slot: number): void {
  tx.update(swapCount.of(slot), (count) => count + 1);
}

/** swap_free: a PTE names the slot no more. While the cache has a folio for it nobody else is given it. mm/swapfile.c */
export function swapFree(tx: StepContext, slot: number): void {
  tx.update(swapCount.of(slot), (count) => count - 1);
}

/** free_swap_and_cache: the same, and the last one takes the folio out of the cache, where it can. mm/swapfile.c */
export function freeSwapAndCache(tx: StepContext, slot: number): void {
  swapFree(tx, slot);
  tryToReclaimSwap(tx, slot);
}

/**
 * __try_to_reclaim_swap: a slot that no PTE names is freed by taking its folio out of the cache, which wants the folio's
 * lock; it is only tried for. Whether the slot is free now. mm/swapfile.c
 */
export function tryToReclaimSwap(tx: StepContext, slot: number): boolean {
  if (tx.read(swapCount.of(slot)) > 0) return false;
  const cached = tx.read(swapCache.of(slot));
  if (cached === null) return true;
  if (tx.read(lockOwner.of(folioLock(cached))) !== null) return false;
  tx.write(swapCache.of(slot), null);
  putRef(tx, cached, swapHolder(slot));
  return true;
}

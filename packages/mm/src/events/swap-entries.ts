import { swapCache, swapCount, swapHolder } from "../objects/swap.ts";
import { putRef } from "./page-refs.ts";
import type { StepContext } from "./step-context.ts";

/** One more PTE names the slot. */
export function swapDuplicate(tx: StepContext, slot: number): void {
  tx.update(swapCount.of(slot), (count) => count + 1);
}

/** A PTE names the slot no more; the last one frees it, and the cache lets go of its folio. */
export function swapFree(tx: StepContext, slot: number): void {
  const count = tx.read(swapCount.of(slot)) - 1;
  tx.write(swapCount.of(slot), count);
  const cached = tx.read(swapCache.of(slot));
  if (count > 0 || cached === null) return;
  tx.write(swapCache.of(slot), null);
  putRef(tx, cached, swapHolder(slot));
}

import { lockOwner } from "../objects/lock.ts";
import { type LruItem, lruList } from "../objects/lru.ts";
import { inReclaim } from "../objects/task.ts";
import { LOCK_HELD } from "../rules/lock-discipline.ts";
import { type AnyStep, BLOCKED, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";

/** list_lru_add: the item goes to the tail, under the list's own lock. Whether it was not on the list. */
export const listLruAdd: Step<[string, LruItem], boolean> = step("list_lru_add", (tx, lru, item) => {
  if (tx.read(lockOwner.of(lru)) !== null) return BLOCKED;
  const list = tx.read(lruList.of(lru));
  if (list.some((one) => same(one, item))) return false;
  tx.write(lruList.of(lru), [...list, item]);
  return true;
});

/** list_lru_del: the item leaves the list, under the list's own lock. Whether it was on it. */
export const listLruDel: Step<[string, LruItem], boolean> = step("list_lru_del", (tx, lru, item) => {
  if (tx.read(lockOwner.of(lru)) !== null) return BLOCKED;
  const list = tx.read(lruList.of(lru));
  if (!list.some((one) => same(one, item))) return false;
  tx.write(
    lruList.of(lru),
    list.filter((one) => !same(one, item)),
  );
  return true;
});

/** A walk looks at the item at this place from the head, under the list's lock; null past the end. */
export const listLruPeek: Step<[string, number], LruItem | null> = step("list_lru_walk", (tx, lru, place) => {
  underLock(tx, lru);
  return tx.read(lruList.of(lru))[place] ?? null;
});

/** list_lru_isolate: a callback takes the item off the list, under the list's lock. */
export const listLruIsolate: Step<[string, LruItem], null> = step("list_lru_isolate", (tx, lru, item) => {
  underLock(tx, lru);
  tx.update(lruList.of(lru), (list) => list.filter((one) => !same(one, item)));
});

/** do_shrink_slab begins: the task is in reclaim, holding whatever it held when memory ran short. */
export const doShrinkSlab: Step<[], null> = step("do_shrink_slab", (tx) => {
  tx.write(inReclaim.of(tx.task), true);
});

/** do_shrink_slab returns, with the number of objects freed. */
export const shrinkSlabEnd: Step<[number], number> = step("shrink_slab_end", (tx, freed) => {
  tx.write(inReclaim.of(tx.task), false);
  return freed;
});

function underLock(tx: StepContext, lru: string): void {
  if (tx.read(lockOwner.of(lru)) !== tx.task) {
    tx.violate(LOCK_HELD, `lru:${lru}`, `${tx.op} without the lock of lru:${lru}`);
  }
}

function same(a: LruItem, b: LruItem): boolean {
  return a.alloc === b.alloc && a.index === b.index;
}

export const lruSteps: readonly AnyStep[] = [
  listLruAdd,
  listLruDel,
  listLruPeek,
  listLruIsolate,
  doShrinkSlab,
  shrinkSlabEnd,
];

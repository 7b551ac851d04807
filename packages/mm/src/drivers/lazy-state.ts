import { BLOCKED, type AnyStep, type Step, step } from "../events/step.ts";
import { accessVma } from "../events/vma-access.ts";
import { pagesFrom } from "../objects/address.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { component, type Kind } from "../store/component.ts";
import type { BinderHandle } from "./binder-handle.ts";

/** An allocator of the lazy design: what never changes. Its pages are those of its file's own inode. */
export type LazyHandle = BinderHandle & { readonly inode: number; readonly file: number };

/** Pages that the shrinker has chosen and a worker has yet to unmap and free, oldest first: i_mmap_rwsem sleeps. */
export const lazyReclaim: Kind<readonly number[]> = component<readonly number[]>("binder:#/reclaim", []);

/** The driver's mutex: guards slots, and excludes the fault handler from reclaim. */
export function lazyMutex(alloc: number): string {
  return `lazy_mutex${alloc}`;
}

/** linear_page_index: which page of its file an address of a VMA maps. include/linux/pagemap.h */
export const linearPageIndex: Step<[VmaPtr, number], number> = step("linear_page_index", (tx, ptr, address) => {
  const vma = accessVma(tx, ptr);
  return vma === undefined ? -1 : vma.pgoff + pagesFrom(vma.start, address);
});

/** The shrinker hands an unused page to the worker. */
export const lazyQueueReclaim: Step<[number, number], null> = step("lazy_queue_reclaim", (tx, alloc, index) => {
  const queue = tx.read(lazyReclaim.of(alloc));
  if (!queue.includes(index)) tx.write(lazyReclaim.of(alloc), [...queue, index]);
});

/** A sender wants a page again that the worker was to free. */
export const lazyCancelReclaim: Step<[number, number], null> = step("lazy_cancel_reclaim", (tx, alloc, index) => {
  const queue = tx.read(lazyReclaim.of(alloc));
  if (!queue.includes(index)) return;
  tx.write(
    lazyReclaim.of(alloc),
    queue.filter((one) => one !== index),
  );
});

/** The worker waits for a page to free. */
export const lazyAwaitReclaim: Step<[number], null> = step("lazy_await_reclaim", (tx, alloc) =>
  tx.read(lazyReclaim.of(alloc)).length === 0 ? BLOCKED : undefined,
);

/** The worker takes the oldest page off its queue; null when a sender was faster. */
export const lazyTakeReclaim: Step<[number], number | null> = step("lazy_take_reclaim", (tx, alloc) => {
  const [index, ...rest] = tx.read(lazyReclaim.of(alloc));
  if (index === undefined) return null;
  tx.write(lazyReclaim.of(alloc), rest);
  return index;
});

export const lazySteps: readonly AnyStep[] = [
  linearPageIndex,
  lazyQueueReclaim,
  lazyCancelReclaim,
  lazyAwaitReclaim,
  lazyTakeReclaim,
];

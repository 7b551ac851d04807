import {
  type AnyStep,
  BINDER_LRU,
  file,
  iMmap,
  lruList,
  pageSlot,
  type Step,
  step,
  type VmaPtr,
  vmaSlot,
} from "@faultline/mm";
import { lazyReclaim } from "../../../packages/mm/src/drivers/lazy-state.ts";
import { countTasks } from "../../../packages/mm/src/objects/task.ts";
import { vmaExclude, vmaRef } from "../../../packages/mm/src/objects/vma-lock.ts";

// Looks at counters without their locks, as kernels make them too. No procedure of the model asks.

/**
 * list_lru_count of the drivers' list, as a shrinker's count_objects asks for it: without the list's lock.
 * mm/list_lru.c
 */
export const listLruCount: Step<[], number> = step("list_lru_count", (tx) => tx.read(lruList.of(BINDER_LRU)).length);

/** file_count: how many references there are on a file, whosoever they are. include/linux/fs.h */
export const fileRefs: Step<[number], number> = step("file_count", (tx, number) =>
  Object.values(tx.read(file.of(number)).refs).reduce((sum, count) => sum + count, 0),
);

/** vm_refcnt of a VMA, taken apart: the VMA's own reference, those of readers, and whether readers are kept out. */
export type VmRefcnt = { readonly attached: boolean; readonly readers: number; readonly readersOut: boolean };

/**
 * refcount_read(&vma->vm_refcnt), as a dump of the VMA prints it: under RCU, the memory staying a VMA. mm/debug.c,
 * dump_vma()
 */
export const vmRefcnt: Step<[VmaPtr], VmRefcnt> = step("vm_refcnt", (tx, { vma }) => {
  let readers = 0;
  const tasks = countTasks(tx);
  for (let task = 0; task < tasks; task++) readers += tx.read(vmaRef.of(vma, task));
  const attached = tx.read(vmaSlot.of(vma)).state === "attached";
  return { attached, readers, readersOut: tx.read(vmaExclude.of(vma)) !== null };
});

/** What /proc/kpageflags says of a page by its number: whether it is in use, and in the swap cache. fs/proc/page.c */
export const kpageflags: Step<[number], { readonly inUse: boolean; readonly swapCache: boolean }> = step(
  "stable_page_flags",
  (tx, page) => {
    const { state, refs } = tx.read(pageSlot.of(page));
    return { inUse: state === "live", swapCache: Object.keys(refs).some((holder) => holder.startsWith("swapcache")) };
  },
);

/** mapping_mapped: whether any VMA maps the inode, asked without i_mmap's lock. include/linux/fs.h */
export const mappingMapped: Step<[number], boolean> = step(
  "mapping_mapped",
  (tx, inode) => tx.read(iMmap.of(inode)).length > 0,
);

/** list_empty of the lazy driver's worker's queue, as nobody who may sleep needs to ask. */
export const lazyQueueEmpty: Step<[number], boolean> = step(
  "lazy_reclaim_list_empty",
  (tx, alloc) => tx.read(lazyReclaim.of(alloc)).length === 0,
);

/** What the kernel learns for these scenarios. */
export const ownSteps: readonly AnyStep[] = [
  listLruCount,
  fileRefs,
  vmRefcnt,
  kpageflags,
  mappingMapped,
  lazyQueueEmpty,
];

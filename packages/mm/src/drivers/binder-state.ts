import { type AnyStep, type Step, step } from "../events/step.ts";
import { moveRef, pageIsLive, putRef, taskHolder } from "../events/page-refs.ts";
import { touchMm } from "../events/mm-steps.ts";
import { mmRefs, namedHolders } from "../objects/mm.ts";
import type { PagePtr } from "../objects/page.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { binderAlloc, binderCount } from "./binder-alloc.ts";
import { forgetsLiveVma, stillMapped } from "./driver-rules.ts";
import { component, type Kind } from "../store/component.ts";

/** Where the allocator's pages are mapped in bytes; 0 before mmap. Never reset. */
export const binderStart: Kind<number> = component("binder:#/vm_start", 0);
/** alloc->vma: the pointer to the VMA that drivers used to keep. */
export const binderVma: Kind<VmaPtr | null> = component<VmaPtr | null>("binder:#/vma", null);
/** alloc->mapped: whether close has not been called yet. */
export const binderMapped: Kind<boolean> = component("binder:#/mapped", false);
/** alloc->pages[i]. */
export const binderPage: Kind<PagePtr | null> = component<PagePtr | null>("binder:#/page:#", null);

/** alloc->pages[i], as it was when reclaim left it alone because the VMA at its address was not the allocator's. */
export const binderSkipped: Kind<PagePtr | null> = component<PagePtr | null>("binder:#/skipped:#", null);

/** The lru of all allocators' unused pages; its lock has the same name. */
export const BINDER_LRU = "binder_lru";

/** alloc->mutex, alloc->lock. */
export function allocLock(alloc: number): string {
  return `alloc${alloc}`;
}

/** The name under which an allocator's slot holds its page. */
export function slotHolder(alloc: number, index: number): string {
  return `binder${alloc}.${index}`;
}

/** binder_open: an allocator for this address space, whose struct it keeps (mmgrab). Returns its number. */
export const binderOpen: Step<[number, string, number], number> = step("binder_open", (tx, mm, ops, pages) => {
  touchMm(tx, mm);
  const alloc = tx.read(binderCount);
  tx.write(binderCount, alloc + 1);
  tx.write(binderAlloc.of(alloc), { mm, ops, pages });
  tx.update(namedHolders.of(mm), (holders) => [...holders, `binder${alloc}`]);
  tx.write(mmRefs.of(mm, `binder${alloc}`), 1);
  return alloc;
});

/** The mmap handler's stores: the VMA's address, and the VMA itself, which older drivers keep. */
export const binderAllocSetVma: Step<[number, VmaPtr, number], null> = step(
  "binder_alloc_set_vma",
  (tx, alloc, vma, start) => {
    tx.write(binderStart.of(alloc), start);
    tx.write(binderVma.of(alloc), vma);
    tx.write(binderMapped.of(alloc), true);
  },
);

/** register_with_vma of the Rust driver: the VMA's address, and no mark of whether it is still there. */
export const rustRegisterWithVma: Step<[number, number], null> = step("register_with_vma", (tx, alloc, start) => {
  tx.write(binderStart.of(alloc), start);
});

/** binder_alloc_vma_close: the driver forgets its VMA, wherever the one that is closed lay. */
export const binderAllocVmaClose: Step<[number], null> = step("binder_vma_close", (tx, alloc) => {
  forgetsLiveVma(tx, alloc);
  tx.write(binderVma.of(alloc), null);
  tx.write(binderMapped.of(alloc), false);
});

/** alloc->vma. */
export const binderAllocGetVma: Step<[number], VmaPtr | null> = step("binder_alloc_get_vma", (tx, alloc) =>
  tx.read(binderVma.of(alloc)),
);

export const binderAllocIsMapped: Step<[number], boolean> = step("binder_alloc_is_mapped", (tx, alloc) =>
  tx.read(binderMapped.of(alloc)),
);

/** smp_load_acquire(&alloc->pages[i]). */
export const binderGetInstalledPage: Step<[number, number], PagePtr | null> = step(
  "binder_get_installed_page",
  (tx, alloc, index) => tx.read(binderPage.of(alloc, index)),
);

/** smp_store_release(&alloc->pages[i], page): the slot takes over this task's reference on the page. */
export const binderSetInstalledPage: Step<[number, number, PagePtr], null> = step(
  "binder_set_installed_page",
  (tx, alloc, index, page) => {
    moveRef(tx, page, taskHolder(tx.task), slotHolder(alloc, index));
    tx.write(binderPage.of(alloc, index), page);
  },
);

/** The loser of a race publishes the page that its winner installed: the slot holds it already, or takes it over. */
export const binderPublishWinner: Step<[number, number, PagePtr], null> = step(
  "binder_publish_winner",
  (tx, alloc, index, page) => {
    if (pageIsLive(tx, page)) tx.write(binderPage.of(alloc, index), page);
  },
);

/** The reclaimer's err_invalid_vma: it leaves the page alone, and will again while that VMA stands there. */
export const binderSkipInvalidVma: Step<[number, number], null> = step(
  "binder_skip_invalid_vma",
  (tx, alloc, index) => {
    tx.write(binderSkipped.of(alloc, index), tx.read(binderPage.of(alloc, index)));
  },
);

/** alloc->pages[i] = NULL: the reclaimer takes over the slot's page and its reference. */
export const binderTakePage: Step<[number, number], PagePtr | null> = step("binder_take_page", (tx, alloc, index) => {
  const page = tx.read(binderPage.of(alloc, index));
  if (page === null) return null;
  tx.write(binderPage.of(alloc, index), null);
  moveRef(tx, page, slotHolder(alloc, index), taskHolder(tx.task));
  return page;
});

/** __free_page by the driver, which believes that the page is mapped nowhere: drops this task's reference. */
export const binderFreePage: Step<[number, PagePtr], null> = step("__free_page", (tx, alloc, page) => {
  stillMapped(tx, alloc, page);
  putRef(tx, page, taskHolder(tx.task));
});

export const binderSteps: readonly AnyStep[] = [
  binderOpen,
  binderAllocSetVma,
  rustRegisterWithVma,
  binderAllocVmaClose,
  binderAllocGetVma,
  binderAllocIsMapped,
  binderGetInstalledPage,
  binderSetInstalledPage,
  binderPublishWinner,
  binderSkipInvalidVma,
  binderTakePage,
  binderFreePage,
];

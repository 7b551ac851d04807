import { type AnyStep, type Step, step } from "../events/step.ts";
import { moveRef, pageIsLive, taskHolder } from "../events/page-refs.ts";
import { mmRefs, namedHolders } from "../objects/mm.ts";
import type { PagePtr } from "../objects/page.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { component, type Kind, type Ref } from "../store/component.ts";

/** How many allocators there are. */
export const binderCount: Ref<number> = component("binders", 0).of();

/** struct binder_alloc, or the Rust driver's ShrinkablePageRange: what is set once. */
export const binderAlloc: Kind<BinderAlloc> = component<BinderAlloc>("binder:#", { mm: 0, ops: "", pages: 0 });
export type BinderAlloc = { readonly mm: number; readonly ops: string; readonly pages: number };

/** Where the allocator's pages are mapped in bytes; 0 before mmap. Never reset. */
export const binderStart: Kind<number> = component("binder:#/vm_start", 0);
/** alloc->vma: the pointer to the VMA that drivers used to keep. */
export const binderVma: Kind<VmaPtr | null> = component<VmaPtr | null>("binder:#/vma", null);
/** alloc->mapped: whether close has not been called yet. */
export const binderMapped: Kind<boolean> = component("binder:#/mapped", false);
/** alloc->pages[i]. */
export const binderPage: Kind<PagePtr | null> = component<PagePtr | null>("binder:#/page:#", null);

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

/** binder_alloc_vma_close: the driver forgets its VMA. */
export const binderAllocVmaClose: Step<[number], null> = step("binder_vma_close", (tx, alloc) => {
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

/** alloc->pages[i] = NULL: the reclaimer takes over the slot's page and its reference. */
export const binderTakePage: Step<[number, number], PagePtr | null> = step("binder_take_page", (tx, alloc, index) => {
  const page = tx.read(binderPage.of(alloc, index));
  if (page === null) return null;
  tx.write(binderPage.of(alloc, index), null);
  moveRef(tx, page, slotHolder(alloc, index), taskHolder(tx.task));
  return page;
});

export const binderSteps: readonly AnyStep[] = [
  binderOpen,
  binderAllocSetVma,
  binderAllocVmaClose,
  binderAllocGetVma,
  binderAllocIsMapped,
  binderGetInstalledPage,
  binderSetInstalledPage,
  binderPublishWinner,
  binderTakePage,
];

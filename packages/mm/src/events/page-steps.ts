import { pageName, type PagePtr, pagePool, pageSlot, type PageType, pageType } from "../objects/page.ts";
import { PAGE_REF } from "../rules/page-table.ts";
import { beforeSleep } from "./lock-rules.ts";
import { getRef, giveBack, hasRefs, pageIsLive, putRef, taskHolder } from "./page-refs.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import { allocateSlot } from "./vma-steps.ts";

/** alloc_page(GFP_KERNEL): a page with one reference, this task's. */
export const allocPage: Step<[], PagePtr> = step("alloc_page", (tx) => {
  beforeSleep(tx, "alloc_page");
  const page = allocateSlot(tx, pagePool);
  const gen = tx.read(pageSlot.of(page)).gen + 1;
  tx.write(pageSlot.of(page), { gen, state: "live", refs: { [taskHolder(tx.task)]: 1 } });
  return { page, gen };
});

/** The largest order of an allocation. */
const MAX_PAGE_ORDER = 10;

/**
 * alloc_pages(GFP_KERNEL, order), not compound: 2^order pages side by side, the first with a reference of this task, the
 * others with none. Null for an order above 10. mm/page_alloc.c
 */
export const allocPages: Step<[number], readonly PagePtr[] | null> = step("alloc_pages", (tx, order) => {
  beforeSleep(tx, "alloc_pages");
  if (!isOrder(order)) return null;
  const { slots, free } = tx.read(pagePool);
  const run = (first: number): number[] => Array.from({ length: 2 ** order }, (_, i) => first + i);
  const taken = run(free.find((first) => run(first).every((slot) => free.includes(slot))) ?? slots);
  tx.write(pagePool, {
    slots: Math.max(slots, taken.at(-1)! + 1),
    free: free.filter((slot) => !taken.includes(slot)),
  });
  return taken.map((page, i) => {
    const gen = tx.read(pageSlot.of(page)).gen + 1;
    tx.write(pageSlot.of(page), { gen, state: "live", refs: i === 0 ? { [taskHolder(tx.task)]: 1 } : {} });
    return { page, gen };
  });
});

/**
 * __free_pages of such pages: this task's reference on the first goes, and with it the others, whoever still holds the
 * first. mm/page_alloc.c
 */
export const freePages: Step<[PagePtr, number], null> = step("__free_pages", (tx, head, order) => {
  if (!pageIsLive(tx, head) || !isOrder(order)) return;
  for (let i = 1; i < 2 ** order; i++) {
    const { gen, state } = tx.read(pageSlot.of(head.page + i));
    const part = { page: head.page + i, gen };
    if (state !== "live" || hasRefs(tx, part)) {
      tx.violate(PAGE_REF, pageName(part), `frees ${pageName(part)}, which is ${state === "live" ? "held" : state}`);
    } else giveBack(tx, part);
  }
  putRef(tx, head, taskHolder(tx.task));
});

function isOrder(order: number): boolean {
  return Number.isInteger(order) && order >= 0 && order <= MAX_PAGE_ORDER;
}

/** get_page: one more reference, where there is one already. include/linux/mm.h */
export const getPage: Step<[PagePtr], null> = step("get_page", (tx, page) => {
  if (!pageIsLive(tx, page)) return;
  if (hasRefs(tx, page)) getRef(tx, page, taskHolder(tx.task));
  else tx.violate(PAGE_REF, pageName(page), `takes a reference on ${pageName(page)}, on which there is none`);
});

/**
 * folio_try_get of reclaim's isolation: a reference, unless the page is gone or nobody holds it. mm/vmscan.c,
 * isolate_lru_folios()
 */
export const folioTryGet: Step<[PagePtr], boolean> = step("folio_try_get", (tx, page) => {
  const { gen, state } = tx.read(pageSlot.of(page.page));
  if (gen !== page.gen || state !== "live" || !hasRefs(tx, page)) return false;
  getRef(tx, page, taskHolder(tx.task));
  return true;
});

/** put_page, __free_page of order 0: drops this task's reference. */
export const putPage: Step<[PagePtr], null> = step("put_page", (tx, page) => {
  putRef(tx, page, taskHolder(tx.task));
});

/** dma_alloc_coherent: memory of a driver that maps it by frame number. Whoever knows the page may free it. */
export const dmaAllocCoherent: Step<[], PagePtr> = step("dma_alloc_coherent", (tx) => {
  beforeSleep(tx, "dma_alloc_coherent");
  const page = allocateSlot(tx, pagePool);
  const gen = tx.read(pageSlot.of(page)).gen + 1;
  tx.write(pageSlot.of(page), { gen, state: "live", refs: { dma: 1 } });
  tx.write(pageType.of(page), "pfn");
  return { page, gen };
});

/** dma_free_coherent: the memory goes back at once, whoever maps it. kernel/dma/mapping.c */
export const dmaFreeCoherent: Step<[PagePtr], null> = step("dma_free_coherent", (tx, page) => {
  putRef(tx, page, "dma");
});

/** What the page is for: `driver` where user code must not write, `slab` and the like where it must not be mapped. */
export const setPageType: Step<[PagePtr, PageType], null> = step("__SetPageType", (tx, page, type) => {
  if (pageIsLive(tx, page)) tx.write(pageType.of(page.page), type);
});

export const pageSteps: readonly AnyStep[] = [
  allocPage,
  allocPages,
  freePages,
  getPage,
  folioTryGet,
  putPage,
  dmaAllocCoherent,
  dmaFreeCoherent,
  setPageType,
];

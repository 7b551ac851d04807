import { type PagePtr, pagePool, pageSlot, type PageType, pageType } from "../objects/page.ts";
import { beforeSleep } from "./lock-rules.ts";
import { getRef, pageIsLive, putRef, taskHolder } from "./page-refs.ts";
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

export const getPage: Step<[PagePtr], null> = step("get_page", (tx, page) => {
  getRef(tx, page, taskHolder(tx.task));
});

/** folio_try_get of reclaim's isolation: a reference, unless the page is gone. mm/vmscan.c, isolate_lru_folios() */
export const folioTryGet: Step<[PagePtr], boolean> = step("folio_try_get", (tx, page) => {
  const { gen, state } = tx.read(pageSlot.of(page.page));
  if (gen !== page.gen || state !== "live") return false;
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
  getPage,
  folioTryGet,
  putPage,
  dmaAllocCoherent,
  dmaFreeCoherent,
  setPageType,
];

import { type PagePtr, pagePool, pageSlot } from "../objects/page.ts";
import { beforeSleep } from "./lock-rules.ts";
import { getRef, putRef, taskHolder } from "./page-refs.ts";
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

/** put_page, __free_page of order 0: drops this task's reference. */
export const putPage: Step<[PagePtr], null> = step("put_page", (tx, page) => {
  putRef(tx, page, taskHolder(tx.task));
});

export const pageSteps: readonly AnyStep[] = [allocPage, getPage, putPage];

import { refsWithout } from "../objects/refs.ts";
import { namesOf } from "../store/name-cache.ts";
import { withNumber } from "../objects/ascending.ts";
import { pageMapping, pageName, pagePool, type PagePtr, pageSlot, pageType, pfnMaps } from "../objects/page.ts";
import { ZAP_COMPLETE } from "../rules/driver.ts";
import { PAGE_REF } from "../rules/page-table.ts";
import type { StepContext } from "./step-context.ts";
import { checkNoTlb } from "./tlb.ts";

/** Whether the page is still the one the pointer was made for. */
export function pageIsLive(tx: StepContext, ptr: PagePtr): boolean {
  const page = tx.read(pageSlot.of(ptr.page));
  if (page.gen === ptr.gen && page.state === "live") return true;
  tx.violate(PAGE_REF, pageName(ptr), `${tx.op} uses ${pageName(ptr)} after its last reference was dropped`);
  return false;
}

/** get_page: one more reference, held by `holder`. */
export function getRef(tx: StepContext, ptr: PagePtr, holder: string): void {
  if (!pageIsLive(tx, ptr)) return;
  const page = tx.read(pageSlot.of(ptr.page));
  const refs = { ...page.refs, [holder]: (page.refs[holder] ?? 0) + 1 };
  tx.write(pageSlot.of(ptr.page), { gen: page.gen, state: page.state, refs });
}

/** put_page: drops a reference of `holder`. The last one gives the page back. */
export function putRef(tx: StepContext, ptr: PagePtr, holder: string): void {
  if (dropRef(tx, ptr, holder) && !hasRefs(tx, ptr)) giveBack(tx, ptr);
}

/** Whether anybody holds the page: the parts of a larger allocation but the first are held by nobody. */
export function hasRefs(tx: StepContext, ptr: PagePtr): boolean {
  return Object.keys(tx.read(pageSlot.of(ptr.page)).refs).length > 0;
}

/** The page goes back to the allocator. */
export function giveBack(tx: StepContext, ptr: PagePtr): void {
  const { gen } = tx.read(pageSlot.of(ptr.page));
  checkNoTlb(tx, ptr);
  const [special] = tx.read(pfnMaps.of(ptr.page));
  if (special !== undefined) {
    tx.violate(ZAP_COMPLETE, pageName(ptr), `${pageName(ptr)} is freed while ${special} maps its frame`, "S0");
  }
  if (tx.read(pageMapping.of(ptr.page)) !== null) tx.write(pageMapping.of(ptr.page), null);
  if (tx.read(pageType.of(ptr.page)) !== "") tx.write(pageType.of(ptr.page), "");
  tx.write(pageSlot.of(ptr.page), { gen, state: "free", refs: {} });
  const { slots, free } = tx.read(pagePool);
  tx.write(pagePool, { slots, free: withNumber(free, ptr.page) });
}

/** Hands a reference from one holder to another: the count does not change. */
export function moveRef(tx: StepContext, ptr: PagePtr, from: string, to: string): void {
  if (!mayDropRef(tx, ptr, from)) return;
  const page = tx.read(pageSlot.of(ptr.page));
  const left = refsWithout(page.refs, from);
  const refs = { ...left, [to]: (left[to] ?? 0) + 1 };
  tx.write(pageSlot.of(ptr.page), { gen: page.gen, state: page.state, refs });
}

function dropRef(tx: StepContext, ptr: PagePtr, holder: string): boolean {
  if (!mayDropRef(tx, ptr, holder)) return false;
  const page = tx.read(pageSlot.of(ptr.page));
  const refs = refsWithout(page.refs, holder);
  tx.write(pageSlot.of(ptr.page), { gen: page.gen, state: page.state, refs });
  return true;
}

function mayDropRef(tx: StepContext, ptr: PagePtr, holder: string): boolean {
  if (!pageIsLive(tx, ptr)) return false;
  if ((tx.read(pageSlot.of(ptr.page)).refs[holder] ?? 0) > 0) return true;
  tx.violate(PAGE_REF, pageName(ptr), `${tx.op} drops a reference on ${pageName(ptr)} that ${holder} does not hold`);
  return false;
}

/** The name under which a task holds page references. */
export const taskHolder: (task: number) => string = namesOf((task) => `task${task}`);

/** The name under which a task's gather holds the pages that it will free. */
export const gatherHolder: (task: number) => string = namesOf((task) => `gather${task}`);

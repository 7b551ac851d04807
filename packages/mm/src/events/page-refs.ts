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
  tx.write(pageSlot.of(ptr.page), { ...page, refs });
}

/** put_page: drops a reference of `holder`. The last one gives the page back. */
export function putRef(tx: StepContext, ptr: PagePtr, holder: string): void {
  if (!dropRef(tx, ptr, holder)) return;
  const { gen, refs } = tx.read(pageSlot.of(ptr.page));
  if (Object.keys(refs).length > 0) return;
  checkNoTlb(tx, ptr);
  const [special] = tx.read(pfnMaps.of(ptr.page));
  if (special !== undefined) {
    tx.violate(ZAP_COMPLETE, pageName(ptr), `${pageName(ptr)} is freed while ${special} maps its frame`, "S0");
  }
  if (tx.read(pageMapping.of(ptr.page)) !== null) tx.write(pageMapping.of(ptr.page), null);
  if (tx.read(pageType.of(ptr.page)) !== "") tx.write(pageType.of(ptr.page), "");
  tx.write(pageSlot.of(ptr.page), { gen, state: "free", refs: {} });
  const { slots, free } = tx.read(pagePool);
  tx.write(pagePool, { slots, free: [...free, ptr.page].sort((a, b) => a - b) });
}

/** Hands a reference from one holder to another: the count does not change. */
export function moveRef(tx: StepContext, ptr: PagePtr, from: string, to: string): void {
  if (dropRef(tx, ptr, from)) getRef(tx, ptr, to);
}

function dropRef(tx: StepContext, ptr: PagePtr, holder: string): boolean {
  if (!pageIsLive(tx, ptr)) return false;
  const page = tx.read(pageSlot.of(ptr.page));
  const { [holder]: count = 0, ...others } = page.refs;
  if (count === 0) {
    tx.violate(PAGE_REF, pageName(ptr), `${tx.op} drops a reference on ${pageName(ptr)} that ${holder} does not hold`);
    return false;
  }
  const refs = count === 1 ? others : { ...page.refs, [holder]: count - 1 };
  tx.write(pageSlot.of(ptr.page), { ...page, refs });
  return true;
}

/** The name under which a task holds page references. */
export function taskHolder(task: number): string {
  return `task${task}`;
}

import type { Kernel, PagePtr, Steps } from "@faultline/mm";
import { ptlName } from "../../../packages/mm/src/events/pte-steps.ts";
import { folioLock } from "../../../packages/mm/src/objects/page.ts";

/** Whether the lock of this address's page table is free. */
export function* tryTable(k: Kernel, mm: number, address: number): Steps<boolean> {
  const lock = ptlName(mm, address);
  const free = yield* k.spinTrylock(lock);
  if (free) yield* k.spinUnlock(lock);
  return free;
}

/** Whether nobody has the folio locked. */
export function* tryFolio(k: Kernel, page: PagePtr): Steps<boolean> {
  const lock = folioLock(page);
  const free = yield* k.mutexTrylock(lock);
  if (free) yield* k.mutexUnlock(lock);
  return free;
}

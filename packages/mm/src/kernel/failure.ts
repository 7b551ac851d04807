import { known } from "../events/direct.ts";
import { shouldFail } from "../events/failure-steps.ts";
import { allocPage } from "../events/page-steps.ts";
import { pteAlloc } from "../events/pte-steps.ts";
import type { Steps } from "../events/step.ts";
import type { Failure } from "../objects/failure.ts";
import type { PagePtr } from "../objects/page.ts";
import type { Context } from "./context.ts";

/** Whether this fails here: never, and with no step, where the scenario does not ask for such failures. */
export function fails(k: Context, what: Failure): Steps<boolean> {
  return k.knobs.injectFailures.includes(what) ? shouldFail(what) : known(false);
}

/** alloc_page, or null where memory has run out. */
export function* tryAllocPage(k: Context): Steps<PagePtr | null> {
  return (yield* fails(k, "page")) ? null : yield* allocPage();
}

/** pte_alloc: whether there is a page table now. include/linux/mm.h */
export function* tryPteAlloc(k: Context, mm: number, address: number): Steps<boolean> {
  if (yield* fails(k, "page-table")) return false;
  yield* pteAlloc(mm, address);
  return true;
}

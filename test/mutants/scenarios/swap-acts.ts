import { type Kernel, PAGE_SIZE, presentPte, type Steps } from "@faultline/mm";
import { folioTryGet } from "../../../packages/mm/src/events/page-steps.ts";
import { swapCacheGetFolio } from "../../../packages/mm/src/events/swap-steps.ts";
import type { Act } from "./act.ts";
import { tryFolio, tryTable } from "./try-lock.ts";

/** The slot of the first page, at a place that has swap. */
const SLOT = 0;

/** Whether the swap cache has a folio for the slot. */
function* cached(k: Kernel): Steps<boolean> {
  const folio = yield* swapCacheGetFolio(SLOT);
  if (folio !== null) yield* k.putPage(folio);
  return folio !== null;
}

/** What looks at a page on its way out of swap: its entry, its table's lock, its folio's, its place in the swap cache. */
export const swapActs = {
  "the folio's lock twice, then its table's": {
    *run(k, { mm, at, page }) {
      const once = yield* tryFolio(k, page);
      const twice = yield* tryFolio(k, page);
      return [once, twice, yield* tryTable(k, mm, at)];
    },
  },
  "swap cache, then the folio's lock": {
    *run(k, { page }) {
      const before = yield* cached(k);
      return [before, yield* tryFolio(k, page)];
    },
  },
  "entry, then swap cache": {
    *run(k, { mm, at }) {
      const entry = presentPte(yield* k.ptepGet(mm, at));
      return [entry !== null, yield* cached(k)];
    },
  },
  // Whoever brings the page in finds out that it is not wanted any more.
  "MADV_DONTNEED, its lock twice, then the folio's": {
    *run(k, { mm, at, page }) {
      yield* k.madviseDontneed(mm, at, PAGE_SIZE);
      const once = yield* tryTable(k, mm, at);
      const twice = yield* tryTable(k, mm, at);
      return [once, twice, yield* tryFolio(k, page)];
    },
  },
  // Compaction comes by the page's number, and takes a reference if there is one. mm/compaction.c
  "MADV_DONTNEED, the folio's lock twice, then a reference": {
    *run(k, { mm, at, page }) {
      yield* k.madviseDontneed(mm, at, PAGE_SIZE);
      const once = yield* tryFolio(k, page);
      const twice = yield* tryFolio(k, page);
      const live = yield* folioTryGet(page);
      if (live) yield* k.putPage(page);
      return [once, twice, live];
    },
  },
} satisfies Record<string, Act>;

import { PAGE_SIZE, presentPte, type Steps, type Value } from "@faultline/mm";
import { named } from "./act.ts";
import { kpageflags } from "./own-steps.ts";
import { tryFolio, tryTable } from "./try-lock.ts";

function* inUse(page: number): Steps<boolean> {
  return (yield* kpageflags(page)).inUse;
}

/** What looks at pages by their numbers, which /proc/kpageflags tells of: those that a place begins with come first. */
export const pageLooks = named({
  "second entry, its lock thrice, then pages 1 and 2": {
    *run(k, { mm, at }) {
      const seen: Value[] = [presentPte(yield* k.ptepGet(mm, at + PAGE_SIZE)) !== null];
      for (let i = 0; i < 3; i++) seen.push(yield* tryTable(k, mm, at));
      return [...seen, yield* inUse(1), yield* inUse(2)];
    },
  },
  "MADV_DONTNEED, its lock twice, then page 1": {
    *run(k, { mm, at, size }) {
      yield* k.madviseDontneed(mm, at, size);
      const once = yield* tryTable(k, mm, at);
      const twice = yield* tryTable(k, mm, at);
      return [once, twice, yield* inUse(1)];
    },
  },
  "MADV_DONTNEED, its page twice, then the folio's lock": {
    *run(k, { mm, at, size, page }) {
      yield* k.madviseDontneed(mm, at, size);
      const once = yield* inUse(page.page);
      const twice = yield* inUse(page.page);
      return [once, twice, yield* tryFolio(k, page)];
    },
  },
  "MADV_DONTNEED, the folio's lock twice, then its page": {
    *run(k, { mm, at, size, page }) {
      yield* k.madviseDontneed(mm, at, size);
      const once = yield* tryFolio(k, page);
      const twice = yield* tryFolio(k, page);
      return [once, twice, yield* inUse(page.page)];
    },
  },
  "the swap cache, page 1 twice, then the swap cache": {
    *run(_k, { page: { page } }) {
      const before = (yield* kpageflags(page)).swapCache;
      const once = yield* inUse(1);
      const twice = yield* inUse(1);
      return [before, once, twice, (yield* kpageflags(page)).swapCache];
    },
  },
});

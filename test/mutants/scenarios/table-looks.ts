import { PAGE_SIZE, presentPte, type Value } from "@faultline/mm";
import { named } from "./act.ts";
import { tryFolio, tryTable } from "./try-lock.ts";

/** What looks at entries and tries for the locks of page tables and folios. */
export const tableLooks = named({
  // Reclaim's ageing of pages only tries for the lock of a page table: mm/vmscan.c, walk_pte_range().
  "entry, then its lock": {
    *run(k, { mm, at }) {
      const entry = presentPte(yield* k.ptepGet(mm, at));
      return [entry?.page ?? null, entry?.write ?? null, yield* tryTable(k, mm, at)];
    },
  },
  "its lock, then the entry": {
    *run(k, { mm, at }) {
      const free = yield* tryTable(k, mm, at);
      const entry = presentPte(yield* k.ptepGet(mm, at));
      return [free, entry?.page ?? null, entry?.write ?? null];
    },
  },
  "its lock thrice, then the entry": {
    *run(k, { mm, at }) {
      const seen: Value[] = [];
      for (let i = 0; i < 3; i++) seen.push(yield* tryTable(k, mm, at));
      const entry = presentPte(yield* k.ptepGet(mm, at));
      return [...seen, entry?.page ?? null];
    },
  },
  "a page, then the folio's lock": {
    *run(k, { page }) {
      const fresh = yield* k.allocPage();
      const free = yield* tryFolio(k, page);
      yield* k.putPage(fresh);
      return [fresh.page, fresh.gen, free];
    },
  },
  "its lock twice, then the folio's": {
    *run(k, { mm, at, page }) {
      const once = yield* tryTable(k, mm, at);
      const twice = yield* tryTable(k, mm, at);
      const free = yield* tryFolio(k, page);
      return [once, twice, free];
    },
  },
  "the first table's lock twice, then the second's": {
    *run(k, { mm, at }) {
      const once = yield* tryTable(k, mm, at);
      const twice = yield* tryTable(k, mm, at);
      const second = yield* tryTable(k, mm, at + PAGE_SIZE);
      const entry = presentPte(yield* k.ptepGet(mm, at + PAGE_SIZE));
      return [once, twice, second, entry?.write ?? null];
    },
  },
  "second entry, then its lock": {
    *run(k, { mm, at }) {
      const entry = yield* k.ptepGet(mm, at + PAGE_SIZE);
      return [entry === null, yield* tryTable(k, mm, at)];
    },
  },
  "its lock, then the second entry": {
    *run(k, { mm, at }) {
      const free = yield* tryTable(k, mm, at);
      return [free, (yield* k.ptepGet(mm, at + PAGE_SIZE)) === null];
    },
  },
  // Whoever reaps sets the flag before he takes any lock of a page table.
  "its lock, then the reaper's flag": {
    *run(k, { mm, at }) {
      const free = yield* tryTable(k, mm, at);
      return [free, yield* k.mmFlagsTest(mm, "unstable")];
    },
  },
  "the reaper's flag, then the second entry twice": {
    *run(k, { mm, at }) {
      const reaped = yield* k.mmFlagsTest(mm, "unstable");
      const once = (yield* k.ptepGet(mm, at + PAGE_SIZE)) === null;
      return [reaped, once, (yield* k.ptepGet(mm, at + PAGE_SIZE)) === null];
    },
  },
  "entry, its lock, then a write by the other": {
    *run(k, { mm, at, other }) {
      const entry = presentPte(yield* k.ptepGet(mm, at));
      const free = yield* tryTable(k, mm, at);
      yield* k.pageFault(other, at, true);
      return [entry?.write ?? null, free];
    },
  },
  // Rmap finds a child's page tables before the child is born.
  "the child's entry, then its lock": {
    *run(k, { other, at }) {
      const entry = presentPte(yield* k.ptepGet(other + 2, at));
      return [entry === null, yield* tryTable(k, other + 2, at)];
    },
  },
  "the child's lock, then its entry": {
    *run(k, { other, at }) {
      const free = yield* tryTable(k, other + 2, at);
      return [free, presentPte(yield* k.ptepGet(other + 2, at)) === null];
    },
  },
  "the parent's table lock twice, then the child's": {
    *run(k, { mm, other, at }) {
      const once = yield* tryTable(k, mm, at);
      const twice = yield* tryTable(k, mm, at);
      return [once, twice, yield* tryTable(k, other + 2, at)];
    },
  },
  "the child's table lock twice, then the parent's": {
    *run(k, { mm, other, at }) {
      const once = yield* tryTable(k, other + 2, at);
      const twice = yield* tryTable(k, other + 2, at);
      return [once, twice, yield* tryTable(k, mm, at)];
    },
  },
  "the child's table lock, then the parent's twice": {
    *run(k, { mm, other, at }) {
      const childs = yield* tryTable(k, other + 2, at);
      const once = yield* tryTable(k, mm, at);
      return [childs, once, yield* tryTable(k, mm, at)];
    },
  },
  "the child's table lock, the parent's, then the child's entry": {
    *run(k, { mm, other, at }) {
      const child = yield* tryTable(k, other + 2, at);
      const parent = yield* tryTable(k, mm, at);
      return [child, parent, presentPte(yield* k.ptepGet(other + 2, at)) === null];
    },
  },
  "a page, then the table's lock": {
    *run(k, { mm, at }) {
      const page = yield* k.allocPage();
      const free = yield* tryTable(k, mm, at);
      yield* k.putPage(page);
      return [page.page, page.gen, free];
    },
  },
});

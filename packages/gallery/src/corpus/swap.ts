import { PAGE_SIZE, type PagePtr, swapSlots } from "@faultline/mm";
import type { CorpusItem } from "./item.ts";
import { anonymous, AT, story, written } from "./process.ts";

/** Pages that go to a swap device of one slot and come back. */
export const swap: readonly CorpusItem[] = [
  story("swap/unmapped", {
    title: "reclaim wants a page for swap while it is unmapped",
    profile: "linux-6.12",
    expect: { clean: ["folio_try_get", "add_to_swap", "folio_free_swap", "try_to_unmap_one"] },
    setup(k, mm) {
      k.put(swapSlots, 1);
      written(k, mm);
    },
    threads: {
      *process(k, mm) {
        yield* k.munmap(mm, AT, PAGE_SIZE);
      },
    },
    others: {
      *reclaim(k, mm) {
        yield* k.swapOut(mm, AT);
      },
    },
  }),
  story("swap/in-twice", {
    title: "two threads fault on a page that is in swap: the slower one reads the slot anew, and needs it no more",
    profile: "linux-6.12",
    expect: { clean: ["swap_cache_get_folio", "read_swap_cache_async", "folio_matches_swap_entry"] },
    setup(k, mm) {
      k.put(swapSlots, 1);
      written(k, mm);
      return k.run(k.swapOut(mm, AT));
    },
    threads: {
      *one(k, mm) {
        yield* k.pageFault(mm, AT, false);
      },
      *other(k, mm) {
        yield* k.pageFault(mm, AT, false);
      },
    },
  }),
  story("swap/full", {
    title: "the swap device has one slot, which is taken",
    profile: "linux-6.12",
    expect: { clean: ["add_to_swap"] },
    setup(k, mm) {
      k.put(swapSlots, 1);
      written(k, mm);
      k.run(k.swapOut(mm, AT));
      k.run(anonymous(k, mm, AT + 2 * PAGE_SIZE, 1));
      return k.run(k.pageFault(mm, AT + 2 * PAGE_SIZE, true));
    },
    threads: {
      *reclaim(k, mm) {
        yield* k.swapOut(mm, AT + 2 * PAGE_SIZE);
      },
    },
  }),
  story("swap/slot-kept", {
    title: "a page is unmapped from swap while a fault has its folio locked, and another page wants the slot",
    profile: "linux-6.12",
    profiles: ["linux-5.4", "linux-7.0"],
    expect: { clean: ["folio_matches_swap_entry", "zap_pte_range", "add_to_swap"] },
    setup(k, mm) {
      k.put(swapSlots, 1);
      written(k, mm);
      k.run(k.swapOut(mm, AT));
    },
    threads: {
      *fault(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
      *other(k, mm) {
        yield* k.madviseDontneed(mm, AT, PAGE_SIZE);
        yield* k.pageFault(mm, AT, true);
        yield* k.swapOut(mm, AT);
      },
    },
  }),
  story("swap/shared", {
    title: "a child writes to a page that is in swap, and its parent reads it",
    profile: "linux-6.12",
    expect: { clean: ["do_swap_page", "wp_page_copy", "folio_free_swap"] },
    setup(k, mm) {
      k.put(swapSlots, 1);
      written(k, mm);
      k.run(k.swapOut(mm, AT));
      return k.run(k.fork(mm, null, null));
    },
    threads: {
      *parent(k, mm) {
        yield* k.pageFault(mm, AT, false);
      },
    },
    others: {
      *child(k, _mm, child) {
        if (!(yield* k.mmgetNotZero(child))) return;
        yield* k.pageFault(child, AT, true);
        yield* k.mmputAsync(child);
      },
    },
  }),
  story<PagePtr>("swap/unlocked", {
    title: "a page is put into the swap cache, and taken out of it, with its folio not locked",
    profile: "linux-6.12",
    expect: { breaks: ["SWAP-CACHE"], severity: "S0" },
    setup(k, mm) {
      k.put(swapSlots, 1);
      return written(k, mm);
    },
    threads: {
      *reclaim(k, _mm, page) {
        yield* k.getPage(page);
        const slot = yield* k.addToSwap(page);
        if (slot !== null) yield* k.folioFreeSwap(page, slot);
        yield* k.putPage(page);
      },
    },
  }),
];

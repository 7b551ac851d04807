import { describe, expect, it } from "vitest";
import { addToSwap, folioFreeSwap, readSwapCacheAsync, swapCacheGetFolio } from "../src/events/swap-steps.ts";
import { pageSlot, pteAt } from "../src/index.ts";
import { folioLock, type PagePtr, presentPte } from "../src/objects/page.ts";
import { swapCache, swapCount, swapSlots } from "../src/objects/swap.ts";
import { AT, mapAt, page, PAGE } from "./mappings.ts";
import { World } from "./world.ts";

/** A page of task 1 that task 2 has swapped out: the cache has it still. The device has one slot. */
function swapped(): { w: World; mm: number; folio: PagePtr } {
  const w = new World(4);
  w.table.apply(new Map([[swapSlots as never, 1]]));
  const mm = w.mm(1);
  mapAt(w, mm, AT, 1);
  w.as(1, w.k.pageFault(mm, AT, true));
  const { page: slot, gen } = presentPte(w.table.get(pteAt(mm, AT)))!;
  expect(w.as(2, w.k.swapOut(mm, AT))).toBe(true);
  return { w, mm, folio: { page: slot, gen } };
}

const locked = (w: World, id: number, folio: PagePtr): null => w.as(id, w.k.mutexLock(folioLock(folio)));
const unlocked = (w: World, id: number, folio: PagePtr): null => w.as(id, w.k.mutexUnlock(folioLock(folio)));

/** Another page that reclaim would like to swap out: the slot it gets. */
function wanted(w: World): number | null {
  const other = page(w);
  locked(w, 1, other);
  const slot = w.as(1, addToSwap(other));
  unlocked(w, 1, other);
  return slot;
}

describe.each([
  ["munmap", (w: World, mm: number) => w.as(1, w.k.munmap(mm, AT, PAGE))],
  ["MADV_FREE", (w: World, mm: number) => w.as(1, w.k.madviseFree(mm, AT, PAGE))],
] as const)("%s of a page that is in swap", (_, forget) => {
  it("gives the slot back, and the folio with it", () => {
    const { w, mm, folio } = swapped();
    forget(w, mm);
    expect([w.table.get(swapCount.of(0)), w.table.get(swapCache.of(0))]).toEqual([0, null]);
    expect(w.table.get(pageSlot.of(folio.page)).state).toBe("free");
    expect(wanted(w)).toBe(0);
    expect(w.broken(1)).toEqual([]);
  });

  it("leaves the slot to who has the folio locked: nobody else gets it until then", () => {
    const { w, mm, folio } = swapped();
    w.as(3, swapCacheGetFolio(0));
    locked(w, 3, folio);
    forget(w, mm);
    expect([w.table.get(swapCount.of(0)), w.table.get(swapCache.of(0))]).toEqual([0, folio]);
    expect(wanted(w)).toBeNull();
    unlocked(w, 3, folio);
    w.as(3, w.k.putPage(folio));
    expect(wanted(w)).toBe(0);
    expect(w.table.get(pageSlot.of(folio.page)).state).toBe("free");
    expect([w.broken(1), w.broken(3)]).toEqual([[], []]);
  });
});

describe("the swap cache", () => {
  it("has a folio in one slot: who swaps it out again goes on with that", () => {
    const { w, folio } = swapped();
    w.table.apply(new Map([[swapSlots as never, 2]]));
    w.as(3, swapCacheGetFolio(0));
    locked(w, 3, folio);
    expect(w.as(3, addToSwap(folio))).toBe(0);
  });

  it("reads no slot that no entry names: what was to be read into is given back", () => {
    const { w, mm } = swapped();
    w.as(1, w.k.munmap(mm, AT, PAGE));
    const fresh = page(w);
    expect(w.as(1, readSwapCacheAsync(0, fresh))).toBeNull();
    expect([w.table.get(swapCache.of(0)), w.table.get(pageSlot.of(fresh.page)).state]).toEqual([null, "free"]);
  });

  it("keeps a folio whose slot is still named by an entry", () => {
    const { w, folio } = swapped();
    locked(w, 3, folio);
    w.as(3, folioFreeSwap(folio, 0));
    expect(w.table.get(swapCache.of(0))).toEqual(folio);
  });

  it("a fault maps the page for reading while another process has a right to it, and a write copies it", () => {
    const { w, mm } = swapped();
    const child = w.as(1, w.k.fork(mm, 2, null));
    expect(w.as(1, w.k.pageFault(mm, AT, false))).toBe("ok");
    expect(w.as(2, w.k.pageFault(child, AT, true))).toBe("ok");
    const [parents, childs] = [presentPte(w.table.get(pteAt(mm, AT)))!, presentPte(w.table.get(pteAt(child, AT)))!];
    expect(childs.write).toBe(true);
    expect(parents.page).not.toBe(childs.page);
    expect([w.table.get(swapCount.of(0)), w.table.get(swapCache.of(0))]).toEqual([0, null]);
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("a page that was read anew can be swapped out again", () => {
    const { w, mm } = swapped();
    w.table.apply(new Map([[swapCache.of(0) as never, null]]));
    w.as(1, w.k.pageFault(mm, AT, true));
    expect(w.as(2, w.k.swapOut(mm, AT))).toBe(true);
  });
});

import { hex, PAGE_SIZE } from "../objects/address.ts";
import { lockOwner } from "../objects/lock.ts";
import { type PagePtr, pageName, presentPte, type Pte, pteAt, type SwapPte } from "../objects/page.ts";
import { folioRmap, swapCache, swapCount, swapHolder, swapSlots } from "../objects/swap.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { PTE_LOCK } from "../rules/page-table.ts";
import { FOLIO_RMAP } from "../rules/swap.ts";
import { getRef, moveRef, putRef, taskHolder } from "./page-refs.ts";
import { needsRmapAndPtl } from "./migrate-steps.ts";
import { pteHolder, ptlName } from "./pte-steps.ts";
import { swapDuplicate, swapFree } from "./swap-entries.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { flushRange } from "./tlb.ts";
import { accessVma } from "./vma-access.ts";

/** More slots than any model's swap device has. */
const MAX_SLOTS = 64;

/** folio_alloc_swap and add_to_swap_cache, folio locked: a free slot for this folio, or null. mm/swap_state.c */
export const addToSwap: Step<[PagePtr], number | null> = step("add_to_swap", (tx, page) => {
  const slots = Math.min(tx.read(swapSlots), MAX_SLOTS);
  for (let slot = 0; slot < slots; slot++) {
    if (tx.read(swapCount.of(slot)) > 0 || tx.read(swapCache.of(slot)) !== null) continue;
    tx.write(swapCache.of(slot), page);
    getRef(tx, page, swapHolder(slot));
    return slot;
  }
  return null;
});

/**
 * try_to_unmap_one, under the page-table lock: the PTE names the slot instead of the folio. The rmap walk came here by
 * the folio's mapping and index, so they name this place. Whether the PTE was still the folio's. mm/rmap.c
 */
export const tryToUnmapOne: Step<[number, number, PagePtr, number], boolean> = step(
  "try_to_unmap_one",
  (tx, mm, address, page, slot) => {
    needsRmapAndPtl(tx, mm, address);
    const entry = presentPte(tx.read(pteAt(mm, address)));
    if (entry?.page !== page.page || entry.gen !== page.gen) return false;
    flushRange(tx, mm, address, address + PAGE_SIZE);
    tx.write(pteAt(mm, address), { kind: "swap", slot });
    swapDuplicate(tx, slot);
    tx.write(folioRmap.of(page.page), { gen: page.gen, mm, at: address });
    putRef(tx, page, pteHolder(mm, address));
    return true;
  },
);

/** swap_cache_get_folio: the folio that the cache has for the slot, with a reference of this task; no lock is held. */
export const swapCacheGetFolio: Step<[number], PagePtr | null> = step("swap_cache_get_folio", (tx, slot) => {
  const page = tx.read(swapCache.of(slot));
  if (page !== null) getRef(tx, page, taskHolder(tx.task));
  return page;
});

/** read_swap_cache_async: a fresh folio enters the cache, unless another did. The folio to go on with, referenced. */
export const readSwapCacheAsync: Step<[number, PagePtr], PagePtr> = step("read_swap_cache_async", (tx, slot, fresh) => {
  const page = tx.read(swapCache.of(slot));
  if (page === null) {
    tx.write(swapCache.of(slot), fresh);
    getRef(tx, fresh, swapHolder(slot));
    return fresh;
  }
  getRef(tx, page, taskHolder(tx.task));
  putRef(tx, fresh, taskHolder(tx.task));
  return page;
});

/** folio_matches_swap_entry, folio locked: whether the cache still has this folio for the slot. */
export const folioMatchesSwapEntry: Step<[PagePtr, number], boolean> = step(
  "folio_matches_swap_entry",
  (tx, page, slot) => isCached(tx, page, slot),
);

/**
 * The end of do_swap_page, under the page-table lock: the PTE maps the folio again, when it still names the slot. The
 * slot is given back, and leaves the cache, when no other PTE names it. mm/memory.c
 */
export const swapinInstall: Step<[VmaPtr, number, PagePtr, number, boolean], boolean> = step(
  "do_swap_page",
  (tx, ptr, address, page, slot, write) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return false;
    needsPtl(tx, vma.mm, address);
    if (!names(tx.read(pteAt(vma.mm, address)), slot)) return false;
    const known = tx.read(folioRmap.of(page.page));
    if (known?.gen === page.gen && (known.mm !== vma.mm || known.at !== address)) {
      tx.violate(
        FOLIO_RMAP,
        pageName(page),
        `${pageName(page)} is mapped at ${hex(address)}, its index says otherwise`,
      );
    }
    tx.write(folioRmap.of(page.page), { gen: page.gen, mm: vma.mm, at: address });
    tx.write(pteAt(vma.mm, address), { ...page, write });
    moveRef(tx, page, taskHolder(tx.task), pteHolder(vma.mm, address));
    swapFree(tx, slot);
    return true;
  },
);

/**
 * move_swap_pte of UFFDIO_MOVE, under both page-table locks: the destination names the slot, the source nothing; the
 * folio that the cache had, if any, is told its new place. With `checks` it is asked whether the folio is still the
 * slot's (0ea148a79919). False: try again. mm/userfaultfd.c
 */
export const moveSwapPte: Step<[number, number, number, number, PagePtr | null, boolean], boolean> = step(
  "move_swap_pte",
  (tx, mm, to, from, slot, page, checks) => {
    needsPtl(tx, mm, from);
    needsPtl(tx, mm, to);
    if (!names(tx.read(pteAt(mm, from)), slot) || tx.read(pteAt(mm, to)) !== null) return false;
    if (checks && (page === null ? tx.read(swapCache.of(slot)) !== null : !isCached(tx, page, slot))) return false;
    if (page !== null) tx.write(folioRmap.of(page.page), { gen: page.gen, mm, at: to });
    tx.write(pteAt(mm, to), { kind: "swap", slot });
    tx.write(pteAt(mm, from), null);
    return true;
  },
);

/** folio_free_swap, folio locked: the cache lets go of it where no PTE names the slot. mm/swapfile.c */
export const folioFreeSwap: Step<[PagePtr, number], null> = step("folio_free_swap", (tx, page, slot) => {
  if (!isCached(tx, page, slot) || tx.read(swapCount.of(slot)) > 0) return;
  tx.write(swapCache.of(slot), null);
  putRef(tx, page, swapHolder(slot));
});

function isCached(tx: StepContext, page: PagePtr, slot: number): boolean {
  const cached = tx.read(swapCache.of(slot));
  return cached?.page === page.page && cached.gen === page.gen;
}

function names(entry: Pte, slot: number): entry is SwapPte {
  return entry !== null && "kind" in entry && entry.kind === "swap" && entry.slot === slot;
}

function needsPtl(tx: StepContext, mm: number, address: number): void {
  if (tx.read(lockOwner.of(ptlName(mm, address))) === tx.task) return;
  tx.violate(PTE_LOCK, `pte:${mm}:${hex(address)}`, `${tx.op} without the page-table lock`);
}

export const swapSteps: readonly AnyStep[] = [
  addToSwap,
  tryToUnmapOne,
  swapCacheGetFolio,
  readSwapCacheAsync,
  folioMatchesSwapEntry,
  swapinInstall,
  moveSwapPte,
  folioFreeSwap,
];

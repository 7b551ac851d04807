import { hex, PAGE_SIZE } from "../objects/address.ts";
import { vmaAnonVma } from "../objects/anon-vma.ts";
import { lockOwner } from "../objects/lock.ts";
import { areaAt, vmaTree } from "../objects/mm.ts";
import {
  folioLock,
  mapcount,
  pageMapping,
  type PagePtr,
  pageName,
  pageSlot,
  presentPte,
  type Pte,
  pteAt,
  type SwapPte,
} from "../objects/page.ts";
import { swapCache, swapCount, swapHolder, swapSlots } from "../objects/swap.ts";
import { linearPageIndex, type VmaPtr, vmaSlot } from "../objects/vma.ts";
import { PTE_LOCK } from "../rules/page-table.ts";
import { FOLIO_RMAP, SWAP_CACHE } from "../rules/swap.ts";
import { getRef, moveRef, putRef, taskHolder } from "./page-refs.ts";
import { needsRmapAndPtl } from "./migrate-steps.ts";
import { addAnonRmap, pteHolder, ptlName } from "./pte-steps.ts";
import { swapDuplicate, swapFree, tryToReclaimSwap } from "./swap-entries.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { flushRange } from "./tlb.ts";
import { accessVma } from "./vma-access.ts";

/** More slots than any model's swap device has. */
const MAX_SLOTS = 64;

/**
 * folio_alloc_swap and add_to_swap_cache, folio locked: the slot that the folio has, or a free one; null where the device
 * is full. A slot that is only kept for a folio which nobody needs counts as free. mm/swapfile.c, mm/swap_state.c
 */
export const addToSwap: Step<[PagePtr], number | null> = step("add_to_swap", (tx, page) => {
  needsFolioLock(tx, page);
  const slots = Array.from({ length: Math.min(tx.read(swapSlots), MAX_SLOTS) }, (_, slot) => slot);
  const own = slots.find((slot) => isCached(tx, page, slot));
  if (own !== undefined) return own;
  const slot = slots.find((one) => tryToReclaimSwap(tx, one));
  if (slot === undefined) return null;
  tx.write(swapCache.of(slot), page);
  getRef(tx, page, swapHolder(slot));
  return slot;
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

/**
 * read_swap_cache_async: a fresh folio enters the cache, unless another did; it is locked while it is read, which is
 * inside the step. The folio to go on with, referenced; null where no PTE names the slot any more. mm/swap_state.c
 */
export const readSwapCacheAsync: Step<[number, PagePtr], PagePtr | null> = step(
  "read_swap_cache_async",
  (tx, slot, fresh) => {
    const page = tx.read(swapCache.of(slot));
    if (page === null && tx.read(swapCount.of(slot)) > 0) {
      tx.write(swapCache.of(slot), fresh);
      getRef(tx, fresh, swapHolder(slot));
      return fresh;
    }
    if (page !== null) getRef(tx, page, taskHolder(tx.task));
    putRef(tx, fresh, taskHolder(tx.task));
    return page;
  },
);

/** folio_matches_swap_entry, folio locked: whether the cache still has this folio for the slot. */
export const folioMatchesSwapEntry: Step<[PagePtr, number], boolean> = step(
  "folio_matches_swap_entry",
  (tx, page, slot) => isCached(tx, page, slot),
);

/**
 * The middle of do_swap_page, under the page-table lock: the PTE maps the folio again, when it still names the slot, and
 * a reference on the slot goes. Where another has a right to the folio too it may only be read. mm/memory.c
 */
export const swapinInstall: Step<[VmaPtr, number, PagePtr, number, boolean], false | "alone" | "shared"> = step(
  "do_swap_page",
  (tx, ptr, address, page, slot, write) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return false;
    needsPtl(tx, vma.mm, address);
    if (!names(tx.read(pteAt(vma.mm, address)), slot)) return false;
    const known = tx.read(pageMapping.of(page.page));
    if (known !== null && known.index !== linearPageIndex(vma, address)) {
      const message = `${pageName(page)} is mapped at ${hex(address)}, its index says otherwise`;
      tx.violate(FOLIO_RMAP, pageName(page), message);
    }
    const alone = tx.read(swapCount.of(slot)) === 1 && mapcount(tx.read(pageSlot.of(page.page))) === 0;
    tx.write(pteAt(vma.mm, address), { ...page, write: write && alone });
    moveRef(tx, page, taskHolder(tx.task), pteHolder(vma.mm, address));
    addAnonRmap(tx, vma, ptr, address, page);
    swapFree(tx, slot);
    return alone ? "alone" : "shared";
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
    if (page !== null) moveAnonRmap(tx, page, mm, to);
    tx.write(pteAt(mm, to), { kind: "swap", slot });
    tx.write(pteAt(mm, from), null);
    return true;
  },
);

/** folio_move_anon_rmap, and the index: rmap finds the folio at its new place from now on. mm/rmap.c */
function moveAnonRmap(tx: StepContext, { page }: PagePtr, mm: number, to: number): void {
  const area = areaAt(tx.read(vmaTree.of(mm)), to);
  const slot = area === undefined ? null : tx.read(vmaAnonVma.of(area.vma));
  if (area === undefined || slot === null) return;
  const index = linearPageIndex(tx.read(vmaSlot.of(area.vma)), to);
  tx.write(pageMapping.of(page), { anonVma: slot, index });
}

/** folio_free_swap, folio locked: the cache lets go of it where no PTE names the slot. mm/swapfile.c */
export const folioFreeSwap: Step<[PagePtr, number], null> = step("folio_free_swap", (tx, page, slot) => {
  needsFolioLock(tx, page);
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

function needsFolioLock(tx: StepContext, page: PagePtr): void {
  if (tx.read(lockOwner.of(folioLock(page))) === tx.task) return;
  tx.violate(SWAP_CACHE, pageName(page), `${tx.op} of ${pageName(page)}, which it has not locked`);
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

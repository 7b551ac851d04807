import { namesOfPairs } from "../store/name-cache.ts";
import { withNumber } from "../objects/ascending.ts";
import { IRQS } from "../objects/wait.ts";
import { hex, PAGE_SIZE, TABLE_SPAN } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import { lockOwner } from "../objects/lock.ts";
import { pageTables } from "../objects/mm.ts";
import {
  gather,
  pageMapping,
  type PagePtr,
  pfnMaps,
  presentPte,
  type PresentPte,
  type Pte,
  pteAt,
} from "../objects/page.ts";
import { mmapLock } from "../objects/rwsem.ts";
import { heldBy, holds } from "../objects/task.ts";
import { vmaAnonVma } from "../objects/anon-vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { linearPageIndex, type Vma, vmaFlags, vmaName, type VmaPtr } from "../objects/vma.ts";
import { PTE_INSTALL, PTE_LOCK, RANGE } from "../rules/page-table.ts";
import { PERM } from "../rules/perm.ts";
import { PGT_FREE } from "../rules/table-free.ts";
import { acquire, release } from "./lock-steps.ts";
import { gatherHolder, getRef, moveRef, taskHolder } from "./page-refs.ts";
import { holdsRmapLock } from "./rmap.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { freeSwapAndCache } from "./swap-entries.ts";
import { checkUnstable, forgetHeld } from "./unstable.ts";
import { accessVma, vmaLockName } from "./vma-access.ts";

/** Name of the page-table lock that guards this address. */
export function ptlName(mm: number, address: number): string {
  return ptlOf(mm, tableOf(address));
}

export const ptlOf: (mm: number, table: number) => string = namesOfPairs((mm, table) => `ptl.${mm}.${table}`);

export function tableOf(address: number): number {
  return Math.floor(address / TABLE_SPAN);
}

/** The name under which a PTE holds its page. */
export const pteHolder: (mm: number, address: number) => string = namesOfPairs(
  (mm, address) => `pte${mm}.${hex(address)}`,
);

/**
 * __pte_alloc: makes sure that a page table stands where this address is mapped, under the mmap or VMA lock;
 * page_table_lock is inside the step. mm/memory.c
 */
export const pteAlloc: Step<[number, number], null> = step("__pte_alloc", (tx, mm, address) => {
  installTable(tx, mm, address);
});

/** pmd_install: a page table stands where this address is mapped, whether or not one did. mm/memory.c */
export function installTable(tx: StepContext, mm: number, address: number): void {
  if (!mayInstall(tx, mm)) {
    tx.violate(PTE_INSTALL, `mm:${mm}/tables`, `allocates a page table for ${hex(address)} without mmap or VMA lock`);
  }
  const tables = tx.read(pageTables.of(mm));
  const table = tableOf(address);
  if (tables.includes(table)) return;
  tx.write(pageTables.of(mm), withNumber(tables, table));
}

/**
 * pte_offset_map_lock: takes the page-table lock, or returns false where there is no table, or none any more. Who reads
 * the PMD, locks and reads it again (pmd_same) finds out the same. mm/pgtable-generic.c
 */
export const pteOffsetMapLock: Step<[number, number], boolean> = step("pte_offset_map_lock", (tx, mm, address) => {
  if (!tx.read(pageTables.of(mm)).includes(tableOf(address))) return false;
  return acquire(tx, ptlName(mm, address), "spin") ?? true;
});

export const pteUnmapUnlock: Step<[number, number], null> = step("pte_unmap_unlock", (tx, mm, address) => {
  const lock = ptlName(mm, address);
  release(tx, lock);
  forgetHeld(tx, mm, lock);
});

/** ptep_get: the entry as it is. Without the lock it may be another the next moment. */
export const ptepGet: Step<[number, number], Pte> = step("ptep_get", (tx, mm, address) => tx.read(pteAt(mm, address)));

/** insert_page_into_pte_locked: fills an empty PTE with a page, taking a reference; -EBUSY when it is not empty. */
export const insertPageIntoPteLocked: Step<[VmaPtr, number, PagePtr, boolean], number> = step(
  "insert_page_into_pte_locked",
  (tx, ptr, address, page, write) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return ERRNO.EFAULT;
    needsPtl(tx, vma.mm, address);
    if (tx.read(pteAt(vma.mm, address)) !== null) return ERRNO.EBUSY;
    install(tx, vma, ptr, address, { page: page.page, gen: page.gen, write });
    getRef(tx, page, pteHolder(vma.mm, address));
    return 0;
  },
);

/** set_pte_at of a fault: fills an empty PTE with the page whose reference this task gives up; false if it was filled. */
export const setPteAt: Step<[VmaPtr, number, PagePtr, boolean], boolean> = step(
  "set_pte_at",
  (tx, ptr, address, page, write) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return false;
    needsPtl(tx, vma.mm, address);
    if (tx.read(pteAt(vma.mm, address)) !== null) return false;
    checkUnstable(tx, vma, ptr, address, ptlName(vma.mm, address));
    install(tx, vma, ptr, address, { page: page.page, gen: page.gen, write });
    moveRef(tx, page, taskHolder(tx.task), pteHolder(vma.mm, address));
    addAnonRmap(tx, vma, ptr, address, page);
    return true;
  },
);

/** follow_page under the page-table lock: a reference on the page mapped there, or null. */
export const followPagePte: Step<[VmaPtr, number], PagePtr | null> = step("follow_page_pte", (tx, ptr, address) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return null;
  needsPtl(tx, vma.mm, address);
  const entry = presentPte(tx.read(pteAt(vma.mm, address)));
  if (entry === null || entry.special) return null;
  // check_vma_flags: nobody takes references on what a device maps. mm/gup.c
  if ((tx.read(vmaFlags.of(ptr.vma)) & (VM.IO | VM.PFNMAP)) !== 0) return null;
  const page = { page: entry.page, gen: entry.gen };
  getRef(tx, page, taskHolder(tx.task));
  return page;
});

/**
 * zap_pte_range: clears the PTEs of [start, end), which one page table maps. References wait in the gather for the TLB
 * flush. Whether there were special ones among them, which hold none. `keep-guards`: nobody unmaps the VMA, so that guard
 * markers stay (zap_drop_markers()). mm/memory.c
 */
export const zapPteRange: Step<[number, number, number, ..."keep-guards"[]], boolean> = step(
  "zap_pte_range",
  (tx, mm, start, end, ...keep) => zapRange(tx, mm, start, end, keep.length > 0),
);

function zapRange(tx: StepContext, mm: number, start: number, end: number, guardsStay: boolean): boolean {
  if (start >= end || end - start > TABLE_SPAN) {
    tx.violate(RANGE, hex(start), `zap of [${hex(start)}, ${hex(end)}) in one page table`);
    return false;
  }
  needsPtl(tx, mm, start);
  if (!keepsTables(tx, mm)) walksUnlocked(tx, mm, start);
  let special = false;
  for (let address = start; address < end; address += PAGE_SIZE) {
    const entry = tx.read(pteAt(mm, address));
    if (entry !== null && !(guardsStay && isGuard(entry))) special = zapPte(tx, mm, address) || special;
  }
  return special;
}

/** A guard marker: faults there are SIGSEGV. */
export function isGuard(entry: NonNullable<Pte>): boolean {
  return "marker" in entry && entry.marker === "guard";
}

/**
 * zap_pte_range of what the page cache owns (should_zap_cows): pages that a private mapping has copied stay, and so do
 * swapped ones. mm/memory.c
 */
export const zapCachedPtes: Step<[number, number, number], null> = step(
  "zap_pte_range_cached",
  (tx, mm, start, end) => {
    if (start >= end || end - start > TABLE_SPAN) {
      tx.violate(RANGE, hex(start), `zap of [${hex(start)}, ${hex(end)}) in one page table`);
      return;
    }
    needsPtl(tx, mm, start);
    if (!keepsTables(tx, mm)) walksUnlocked(tx, mm, start);
    for (let address = start; address < end; address += PAGE_SIZE) {
      const entry = presentPte(tx.read(pteAt(mm, address)));
      if (entry === null) continue;
      const mapping = tx.read(pageMapping.of(entry.page));
      if (mapping !== null && "inode" in mapping) zapPte(tx, mm, address);
    }
  },
);

/** Clears one PTE into this task's gather. Whether it was a special one. */
export function zapPte(tx: StepContext, mm: number, address: number): boolean {
  const before = tx.read(pteAt(mm, address));
  const entry = presentPte(before);
  tx.write(pteAt(mm, address), null);
  if (before !== null && "kind" in before && before.kind === "swap") freeSwapAndCache(tx, before.slot);
  if (entry === null) return false;
  const page = { page: entry.page, gen: entry.gen };
  const special = entry.special === true;
  if (special) dropPfnMap(tx, page, mm, address);
  else moveRef(tx, page, pteHolder(mm, address), gatherHolder(tx.task));
  const gathered = tx.read(gather.of(tx.task));
  tx.write(gather.of(tx.task), [...gathered, { mm, at: address, page: special ? null : page }]);
  return special;
}

/** A special PTE maps this frame no more. */
export function dropPfnMap(tx: StepContext, page: PagePtr, mm: number, address: number): void {
  const name = pteHolder(mm, address);
  tx.update(pfnMaps.of(page.page), (names) => names.filter((one) => one !== name));
}

/** The page tables that exist in [start, end), each with its part of the range. */
export const tablesInRange: Step<[number, number, number], readonly { start: number; end: number }[]> = step(
  "pmd_none_or_clear_bad",
  (tx, mm, start, end) => {
    needsTraversal(tx, mm, start);
    return tx
      .read(pageTables.of(mm))
      .filter((table) => table * TABLE_SPAN < end && start < (table + 1) * TABLE_SPAN)
      .map((table) => ({
        start: Math.max(start, table * TABLE_SPAN),
        end: Math.min(end, (table + 1) * TABLE_SPAN),
      }));
  },
);

/** What walks page tables: the mmap, VMA or rmap lock of a VMA there; or RCU, or interrupts off, as gup-fast does. */
function needsTraversal(tx: StepContext, mm: number, address: number): void {
  const looksOnly = tx.read(heldBy.of(tx.task)).some(({ lock, mode }) => mode === "rcu" || lock === IRQS);
  if (!looksOnly && !keepsTables(tx, mm)) walksUnlocked(tx, mm, address);
}

/** Whether the task holds the mmap, VMA or rmap lock of a VMA there: what may clear entries as well. */
function keepsTables(tx: StepContext, mm: number): boolean {
  return mayInstall(tx, mm) || holdsRmapLock(tx, tx.task);
}

function walksUnlocked(tx: StepContext, mm: number, address: number): void {
  tx.violate(PGT_FREE, `mm:${mm}/tables`, `${tx.op} walks the page tables at ${hex(address)} with no lock`);
}

/** Whether the task holds the mmap lock, or the lock of some VMA: what may fill page tables. */
function mayInstall(tx: StepContext, mm: number): boolean {
  const lock = mmapLock(mm).name;
  return tx.read(heldBy.of(tx.task)).some((held) => held.lock === lock || held.class === "vma_lock");
}

export function needsPtl(tx: StepContext, mm: number, address: number): void {
  if (tx.read(lockOwner.of(ptlName(mm, address))) !== tx.task) {
    tx.violate(PTE_LOCK, `pte:${mm}:${hex(address)}`, `${tx.op} without the page-table lock`);
  }
}

/** Puts a present entry where there was none. */
export function install(tx: StepContext, vma: Vma, ptr: VmaPtr, address: number, entry: PresentPte): void {
  checkInstall(tx, vma, ptr, address);
  if (entry.write && (tx.read(vmaFlags.of(ptr.vma)) & VM.WRITE) === 0) {
    tx.violate(
      PERM,
      `pte:${vma.mm}:${hex(address)}`,
      `${tx.op} makes it writable in ${vmaName(ptr)}, without VM_WRITE`,
    );
  }
  tx.write(pteAt(vma.mm, address), entry);
}

/** What may fill an empty PTE: whoever has the mmap or VMA lock of a VMA in use that covers it, or maps it. */
export function checkInstall(tx: StepContext, vma: Vma, ptr: VmaPtr, address: number): void {
  const locked =
    holds(tx, tx.task, mmapLock(vma.mm).name) !== undefined || holds(tx, tx.task, vmaLockName(ptr.vma)) !== undefined;
  const covered = vma.start <= address && address < vma.end;
  const mapping = vma.state === "new" && vma.by === tx.task;
  if (!covered || !(mapping || (vma.state === "attached" && locked))) {
    tx.violate(
      PTE_INSTALL,
      `pte:${vma.mm}:${hex(address)}`,
      `${tx.op} fills it through ${vmaName(ptr)}, which is ${covered ? vma.state : "elsewhere"}`,
    );
  }
}

/** folio_add_anon_rmap: rmap finds the page by the VMA's anon_vma, if it has one, from now on. mm/rmap.c */
export function addAnonRmap(tx: StepContext, vma: Vma, ptr: VmaPtr, address: number, { page }: PagePtr): void {
  const anonVma = tx.read(vmaAnonVma.of(ptr.vma));
  if (anonVma === null || tx.read(pageMapping.of(page)) !== null) return;
  tx.write(pageMapping.of(page), { anonVma, index: linearPageIndex(vma, address) });
}

export const pteSteps: readonly AnyStep[] = [
  pteAlloc,
  pteOffsetMapLock,
  pteUnmapUnlock,
  ptepGet,
  insertPageIntoPteLocked,
  setPteAt,
  followPagePte,
  zapPteRange,
  zapCachedPtes,
  tablesInRange,
];

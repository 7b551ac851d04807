import { hex } from "../objects/address.ts";
import { pageCache } from "../objects/file.ts";
import {
  type PageMapping,
  pageMapping,
  pageName,
  type PagePtr,
  pageSlot,
  pageType,
  presentPte,
  pteAt,
} from "../objects/page.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { PAGE_REF, PTE_LOCK } from "../rules/page-table.ts";
import { cacheHolder } from "./file-steps.ts";
import { getRef, pageIsLive, putRef, taskHolder } from "./page-refs.ts";
import { needsPtl, pteHolder } from "./pte-steps.ts";
import { holdsRmapLock } from "./rmap.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { flushRange } from "./tlb.ts";
import { accessVma } from "./vma-access.ts";

/** folio->mapping and index: where rmap looks for the page. */
export const folioMapping: Step<[PagePtr], PageMapping> = step("folio_mapping", (tx, page) =>
  pageIsLive(tx, page) ? tx.read(pageMapping.of(page.page)) : null,
);

/**
 * try_to_migrate_one: a PTE that maps the page becomes a migration entry, which keeps its write bit; the TLBs are
 * flushed before the page-table lock is dropped. Whether there was one. mm/rmap.c
 */
export const tryToMigrateOne: Step<[VmaPtr, number, PagePtr], boolean> = step(
  "try_to_migrate_one",
  (tx, ptr, address, page) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return false;
    needsRmapAndPtl(tx, vma.mm, address);
    const entry = presentPte(tx.read(pteAt(vma.mm, address)));
    if (entry?.page !== page.page || entry.gen !== page.gen || entry.special) return false;
    tx.write(pteAt(vma.mm, address), { kind: "migration", page: page.page, gen: page.gen, write: entry.write });
    flushRange(tx, vma.mm, address, address + 1);
    putRef(tx, page, pteHolder(vma.mm, address));
    return true;
  },
);

/** Whether a migration entry for the page stands there, and lets writes through: null where there is none. */
export const migrationEntry: Step<[VmaPtr, number, PagePtr], { write: boolean } | null> = step(
  "is_migration_entry",
  (tx, ptr, address, page) => {
    const vma = accessVma(tx, ptr);
    const entry = vma === undefined ? null : tx.read(pteAt(vma.mm, address));
    if (entry === null || !("kind" in entry) || entry.kind !== "migration") return null;
    return entry.page === page.page && entry.gen === page.gen ? { write: entry.write } : null;
  },
);

/**
 * remove_migration_pte: the migration entry of `old` becomes a PTE of `page`, as writable as the entry was: pte_mkwrite
 * asks nobody whether the VMA still has VM_WRITE. mm/migrate.c
 */
export const removeMigrationPte: Step<[VmaPtr, number, PagePtr, PagePtr], null> = step(
  "remove_migration_pte",
  (tx, ptr, address, old, page) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return;
    needsRmapAndPtl(tx, vma.mm, address);
    const entry = tx.read(pteAt(vma.mm, address));
    if (entry === null || !("kind" in entry) || entry.kind !== "migration") return;
    if (entry.page !== old.page || entry.gen !== old.gen) return;
    tx.write(pteAt(vma.mm, address), { ...page, write: entry.write });
    getRef(tx, page, pteHolder(vma.mm, address));
  },
);

/**
 * folio_migrate_mapping: page cache and rmap lead to the copy from now on. False, and nothing changed, when somebody
 * else still holds the page. mm/migrate.c
 */
export const folioMigrateMapping: Step<[PagePtr, PagePtr], boolean> = step("folio_migrate_mapping", (tx, from, to) => {
  if (!pageIsLive(tx, from) || !pageIsLive(tx, to)) return false;
  const mapping = tx.read(pageMapping.of(from.page));
  const cache = mapping !== null && "inode" in mapping ? cacheHolder(mapping.inode) : null;
  const mine = taskHolder(tx.task);
  const { refs } = tx.read(pageSlot.of(from.page));
  if (Object.keys(refs).some((holder) => holder !== mine && holder !== cache)) return false;
  if ((refs[mine] ?? 0) === 0) tx.violate(PAGE_REF, pageName(from), `migrates ${pageName(from)} without a reference`);
  tx.write(pageMapping.of(to.page), mapping);
  tx.write(pageMapping.of(from.page), null);
  tx.write(pageType.of(to.page), tx.read(pageType.of(from.page)));
  if (mapping !== null && "inode" in mapping && cache !== null) {
    tx.write(pageCache.of(mapping.inode, mapping.index), to);
    getRef(tx, to, cache);
    putRef(tx, from, cache);
  }
  return true;
});

/** folio_referenced_one: what a walk for reclaim looks at, under the page-table lock. mm/rmap.c */
export const folioReferencedOne: Step<[number, number], boolean> = step("folio_referenced_one", (tx, mm, address) => {
  needsRmapAndPtl(tx, mm, address);
  return presentPte(tx.read(pteAt(mm, address))) !== null;
});

/** What migration and reclaim need: the rmap lock by which they found the VMA, and the page-table lock. */
export function needsRmapAndPtl(tx: StepContext, mm: number, address: number): void {
  needsPtl(tx, mm, address);
  if (holdsRmapLock(tx, tx.task)) return;
  tx.violate(PTE_LOCK, `pte:${mm}:${hex(address)}`, `${tx.op} without the rmap lock`);
}

export const migrateSteps: readonly AnyStep[] = [
  folioMapping,
  tryToMigrateOne,
  migrationEntry,
  removeMigrationPte,
  folioMigrateMapping,
  folioReferencedOne,
];

import { PAGE_SIZE, pageAlign, pagesFrom, TABLE_SPAN } from "../objects/address.ts";
import { file, inodeShmem, inodeSize, pageCache } from "../objects/file.ts";
import { lockOwner } from "../objects/lock.ts";
import { pageTables } from "../objects/mm.ts";
import { folioLock, pageMapping, type PagePtr, presentPte, pteAt } from "../objects/page.ts";
import type { Vma, VmaPtr } from "../objects/vma.ts";
import { copyBytes } from "./page-bytes.ts";
import { getRef, pageIsLive } from "./page-refs.ts";
import { install, installTable, needsPtl, pteHolder, tableOf } from "./pte-steps.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { accessVma } from "./vma-access.ts";

/** vmf->vma->vm_file and vmf->pgoff: what of which file is wanted. */
export type FaultFile = { readonly file: number; readonly inode: number; readonly index: number };

/** How much fault-around maps at once, in bytes. mm/memory.c, fault_around_pages */
const AROUND = 16 * PAGE_SIZE;

/** linear_page_index: the page of the file that belongs at this address; null behind its end. mm/memory.c, do_fault() */
export const vmfFile: Step<[VmaPtr, number], FaultFile | null> = step("vmf_pgoff", (tx, ptr, address) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined || vma.file === null) return null;
  const { inode } = tx.read(file.of(vma.file));
  const index = vma.pgoff + pagesFrom(vma.start, address);
  return index < pagesOf(tx, inode) ? { file: vma.file, inode, index } : null;
});

/** DIV_ROUND_UP(i_size_read(inode), PAGE_SIZE): the page with this number is the first that the file does not have. */
function pagesOf(tx: StepContext, inode: number): number {
  const size = tx.read(inodeSize.of(inode));
  return size === null ? Number.MAX_SAFE_INTEGER : pageAlign(size) / PAGE_SIZE;
}

/**
 * filemap_map_pmd, for pages of one size: whether there is a page table for what the cache has around the address. Where
 * none is, one is put there if the cache has anything; with `withinSize` not if the first thing it has is the last page
 * of a file that is not shmem's (74207de2ba10 means huge pages, and leaves out the table of small ones). mm/filemap.c
 */
export const filemapMapPmd: Step<[VmaPtr, number, boolean], boolean> = step(
  "filemap_map_pmd",
  (tx, ptr, address, withinSize) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined || vma.file === null) return false;
    if (tx.read(pageTables.of(vma.mm)).includes(tableOf(address))) return true;
    const { inode, from, end } = around(tx, vma, vma.file, address);
    for (let at = from; at < end; at += PAGE_SIZE) {
      const index = vma.pgoff + pagesFrom(vma.start, at);
      if (readyPage(tx, inode, index) === null) continue;
      if (withinSize && index + 1 === pagesOf(tx, inode) && !tx.read(inodeShmem.of(inode))) return false;
      installTable(tx, vma.mm, address);
      return true;
    }
    return false;
  },
);

/**
 * filemap_map_pages, under the page-table lock: what the cache has around the address is mapped for reading, as far as
 * nobody has it locked and nothing else is mapped there. Whether something is mapped at the address now. mm/filemap.c
 */
export const filemapMapPages: Step<[VmaPtr, number], boolean> = step("filemap_map_pages", (tx, ptr, address) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined || vma.file === null) return false;
  needsPtl(tx, vma.mm, address);
  const { inode, from, end } = around(tx, vma, vma.file, address);
  for (let at = from; at < end; at += PAGE_SIZE) {
    const page = readyPage(tx, inode, vma.pgoff + pagesFrom(vma.start, at));
    if (page === null || tx.read(pteAt(vma.mm, at)) !== null) continue;
    install(tx, vma, ptr, at, { ...page, write: false });
    getRef(tx, page, pteHolder(vma.mm, at));
  }
  return tx.read(pteAt(vma.mm, address)) !== null;
});

/** do_fault_around: the addresses that are tried together, in one page table, one VMA and one file. */
function around(tx: StepContext, vma: Vma, of: number, address: number): { inode: number; from: number; end: number } {
  const { inode } = tx.read(file.of(of));
  const table = Math.floor(address / TABLE_SPAN) * TABLE_SPAN;
  const from = Math.max(vma.start, table, Math.floor(address / AROUND) * AROUND);
  const last = vma.start + (pagesOf(tx, inode) - vma.pgoff) * PAGE_SIZE;
  return { inode, from, end: Math.min(vma.end, table + TABLE_SPAN, from + AROUND, last) };
}

/** next_uptodate_folio: what the cache has there, unless somebody has it locked. */
function readyPage(tx: StepContext, inode: number, index: number): PagePtr | null {
  const page = tx.read(pageCache.of(inode, index));
  return page === null || tx.read(lockOwner.of(folioLock(page))) !== null ? null : page;
}

/** folio->mapping == mapping, folio locked: whether truncation has not taken the folio from the cache meanwhile. */
export const folioStillAt: Step<[PagePtr, number, number], boolean> = step(
  "folio_contains",
  (tx, page, inode, index) => {
    if (!pageIsLive(tx, page)) return false;
    const mapping = tx.read(pageMapping.of(page.page));
    return mapping !== null && "inode" in mapping && mapping.inode === inode && mapping.index === index;
  },
);

/**
 * wp_page_shared, under the page-table lock: of a shared mapping nothing is copied, the PTE may be written from now on.
 * mm/memory.c, wp_page_reuse()
 */
export const wpPageShared: Step<[VmaPtr, number], null> = step("wp_page_shared", (tx, ptr, address) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  needsPtl(tx, vma.mm, address);
  const entry = presentPte(tx.read(pteAt(vma.mm, address)));
  if (entry === null || entry.write) return;
  const { clean: _dirtied, ...rest } = entry;
  tx.write(pteAt(vma.mm, address), { ...rest, write: true });
});

/** copy_user_highpage: the copy that a write to a private mapping gets holds what the file's page holds. mm/memory.c */
export const copyUserHighpage: Step<[PagePtr, PagePtr], null> = step("copy_user_highpage", (tx, to, from) => {
  if (pageIsLive(tx, to) && pageIsLive(tx, from)) copyBytes(tx, to, from);
});

export const fileFaultSteps: readonly AnyStep[] = [
  vmfFile,
  filemapMapPmd,
  filemapMapPages,
  folioStillAt,
  copyUserHighpage,
  wpPageShared,
];

import { findLockEntries, iSizeWrite, zeroPartialPage } from "../events/open-file-steps.ts";
import { filemapGetFolio, filemapRemoveFolio } from "../events/file-steps.ts";
import { mutexLock, mutexUnlock } from "../events/lock-steps.ts";
import { putPage } from "../events/page-steps.ts";
import { folioLock } from "../objects/page.ts";
import { PAGE_SIZE, pageAlign } from "../objects/address.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { unmapMappingFolio, unmapMappingPages } from "./unmap-mapping.ts";

/**
 * truncate_inode_folio of one page: unmapped everywhere and out of the cache under its lock. Whether there was one.
 * mm/truncate.c
 */
export const truncateInodeFolio: Procedure<Context, [number, number], boolean> = procedure(
  "truncate_inode_folio",
  function* (k, inode: number, index: number) {
    const page = yield* filemapGetFolio(inode, index);
    if (page === null) return false;
    yield* mutexLock(folioLock(page));
    yield* unmapMappingFolio(k, inode, index, 1);
    const removed = yield* filemapRemoveFolio(inode, index);
    yield* mutexUnlock(folioLock(page));
    if (removed !== null) yield* putPage(removed);
    yield* putPage(page);
    return removed !== null;
  },
);

/**
 * truncate_setsize: the file ends at `to` bytes, where it was `from` long. What is mapped behind goes first, even what
 * private mappings have copied, so that nobody reaches what is freed; then again, for faults that came in between.
 * mm/truncate.c, truncate_pagecache(); mm/shmem.c
 */
export const truncateSetsize: Procedure<Context, [number, number, number], null> = procedure(
  "truncate_setsize",
  function* (k, inode: number, from: number, to: number) {
    yield* iSizeWrite(inode, to);
    if (to >= from) return null;
    const [first, last] = [pageAlign(to) / PAGE_SIZE, pageAlign(from) / PAGE_SIZE];
    if (first < last) yield* unmapMappingPages(k, inode, first, last - first);
    if (to % PAGE_SIZE !== 0) yield* zeroPartialPage(inode, first - 1, to % PAGE_SIZE);
    for (const index of yield* findLockEntries(inode, first, last)) yield* truncateInodeFolio(k, inode, index);
    if (first < last) yield* unmapMappingPages(k, inode, first, last - first);
    return null;
  },
);

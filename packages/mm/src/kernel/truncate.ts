import { filemapGetFolio, filemapRemoveFolio } from "../events/file-steps.ts";
import { mutexLock, mutexUnlock } from "../events/lock-steps.ts";
import { putPage } from "../events/page-steps.ts";
import { folioLock } from "../objects/page.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { unmapMappingPages } from "./unmap-mapping.ts";

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
    yield* unmapMappingPages(k, inode, index, 1);
    const removed = yield* filemapRemoveFolio(inode, index);
    yield* mutexUnlock(folioLock(page));
    if (removed !== null) yield* putPage(removed);
    yield* putPage(page);
    return removed !== null;
  },
);

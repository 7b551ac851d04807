import { type Found, vmaIntervalTreeForeach } from "../events/i-mmap-steps.ts";
import { pteOffsetMapLock, pteUnmapUnlock, tablesInRange, zapCachedPtes } from "../events/pte-steps.ts";
import { tlbFinishMmu } from "../events/tlb-steps.ts";
import { upRead } from "../events/rwsem-steps.ts";
import { iMmapLock } from "../objects/file.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { downRead } from "./rwsem-lock.ts";
import { zapPageRangeSingle } from "./zap.ts";

/**
 * unmap_mapping_pages: no page table maps the inode's pages [first, first + count) when it returns, whichever process
 * mapped them where. No mmap lock and no reference on any mm; only i_mmap, which sleeps. Faults may bring the pages
 * back at once, unless whoever calls keeps them from it. mm/memory.c
 */
export const unmapMappingPages: Procedure<Context, [number, number, number], null> = procedure(
  "unmap_mapping_pages",
  function* (k, inode: number, first: number, count: number) {
    yield* downRead(k, iMmapLock(inode));
    for (const found of yield* vmaIntervalTreeForeach(inode, first, count)) yield* unmapFound(k, found);
    yield* upRead(iMmapLock(inode));
    return null;
  },
);

/**
 * unmap_mapping_range without even_cows: as above, but copies that private mappings have made stay mapped: they are not
 * the file's any more. mm/memory.c, unmap_mapping_folio()
 */
export const unmapMappingFolio: Procedure<Context, [number, number, number], null> = procedure(
  "unmap_mapping_folio",
  function* (k, inode: number, first: number, count: number) {
    yield* downRead(k, iMmapLock(inode));
    for (const found of yield* vmaIntervalTreeForeach(inode, first, count)) yield* unmapCached(k, found);
    yield* upRead(iMmapLock(inode));
    return null;
  },
);

const unmapCached: Procedure<Context, [Found], null> = procedure(
  "unmap_mapping_range_vma_cached",
  function* (_k, { mm, start, end }: Found) {
    for (const part of yield* tablesInRange(mm, start, end)) {
      if (!(yield* pteOffsetMapLock(mm, part.start))) continue;
      yield* zapCachedPtes(mm, part.start, part.end);
      yield* pteUnmapUnlock(mm, part.start);
    }
    yield* tlbFinishMmu(mm);
    return null;
  },
);

const unmapFound: Procedure<Context, [Found], null> = procedure("unmap_mapping_range_vma", function* (k, found: Found) {
  const { vma, gen, mm, start, end } = found;
  return yield* zapPageRangeSingle(k, mm, { vma, gen }, start, end - start, null);
});

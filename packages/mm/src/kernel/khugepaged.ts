import { type Found, vmaIntervalTreeForeach } from "../events/i-mmap-steps.ts";
import { spinLock, spinUnlock } from "../events/lock-steps.ts";
import { mmapWriteTrylock, mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import { pteOffsetMapLock, pteUnmapUnlock } from "../events/pte-steps.ts";
import { fileBackedVmaIsRetractable, pmdLockName, pmdpCollapseFlush } from "../events/retract-steps.ts";
import { upRead, upWrite } from "../events/rwsem-steps.ts";
import { PAGE_SIZE, TABLE_SPAN } from "../objects/address.ts";
import { iMmapLock } from "../objects/file.ts";
import type { Context } from "./context.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { downRead, downWrite } from "./rwsem-lock.ts";

/**
 * khugepaged has made one huge page of the inode's pages from `first` on, which nobody maps any more: the page tables
 * that mapped them go, in every address space where that is possible without waiting for it. mm/khugepaged.c
 */
export const retractPageTables: Procedure<Context, [number, number], null> = procedure(
  "retract_page_tables",
  function* (k, inode: number, first: number) {
    const shared = k.knobs.retract === "ptl";
    yield* shared ? downRead(k, iMmapLock(inode)) : downWrite(k, iMmapLock(inode));
    for (const found of yield* vmaIntervalTreeForeach(inode, first, TABLE_SPAN / PAGE_SIZE)) {
      // Only a VMA that has the whole table to itself.
      if (found.start % TABLE_SPAN !== 0 || found.end - found.start !== TABLE_SPAN) continue;
      if (!(yield* fileBackedVmaIsRetractable(found))) continue;
      if (shared) yield* retractUnderPtl(k, found);
      else yield* retractUnderMmapLock(k, found);
    }
    yield* shared ? upRead(iMmapLock(inode)) : upWrite(iMmapLock(inode));
    return null;
  },
);

/** Before 6.6: mmap_write_trylock keeps faults out, and walks by anon_vma only while the VMA has none. */
const retractUnderMmapLock: Procedure<Context, [Found], null> = procedure("retract_mmap", function* (k, found: Found) {
  const { mm, start } = found;
  if (!(yield* mmapWriteTrylock(mm))) return null;
  const still = k.knobs.retract === "mmap-unchecked" || (yield* fileBackedVmaIsRetractable(found));
  if (still) {
    yield* spinLock(pmdLockName(mm));
    yield* pmdpCollapseFlush(mm, start);
    yield* spinUnlock(pmdLockName(mm));
  }
  yield* mmapWriteUnlock(mm);
  return null;
});

/** Since 6.6: the locks of PMD and table; whoever wants the table looks again under its lock, or finds RCU keep it. */
const retractUnderPtl: Procedure<Context, [Found], null> = procedure("retract_ptl", function* (_k, found: Found) {
  const { mm, start } = found;
  yield* spinLock(pmdLockName(mm));
  if (yield* pteOffsetMapLock(mm, start)) {
    if (yield* fileBackedVmaIsRetractable(found)) yield* pmdpCollapseFlush(mm, start);
    yield* pteUnmapUnlock(mm, start);
  }
  yield* spinUnlock(pmdLockName(mm));
  return null;
});

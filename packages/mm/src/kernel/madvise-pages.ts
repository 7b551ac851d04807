import { filemapAddFolio, borrowFile } from "../events/file-steps.ts";
import { fdget, isShmem } from "../events/open-file-steps.ts";
import { type Isolated, madviseColdOrPageout } from "../events/madvise-steps.ts";
import { mmapReadUnlock } from "../events/mmap-lock-steps.ts";
import { mmdrop, mmgrab } from "../events/mm-steps.ts";
import { isAnonymous, vmaView } from "../events/mprotect-steps.ts";
import { allocPage, putPage } from "../events/page-steps.ts";
import { ptepGet, pteOffsetMapLock, pteUnmapUnlock, tablesInRange } from "../events/pte-steps.ts";
import type { Steps } from "../events/step.ts";
import { readSwapCacheAsync } from "../events/swap-steps.ts";
import { PAGE_SIZE, pageAlign, pagesFrom, TABLE_SPAN } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import { BORROWED } from "../objects/file.ts";
import { VM } from "../objects/vm-flags.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { fput } from "./file.ts";
import { retractPageTables } from "./khugepaged.ts";
import { madviseWalk } from "./madvise.ts";
import { mmapReadLock } from "./mmap-lock.ts";
import { vmaNext } from "./mprotect.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { punchHole } from "./punch-hole.ts";
import { shrinkFolio } from "./swap.ts";
import { unmapMappingPages } from "./unmap-mapping.ts";
import { userfaultfdRemove } from "./userfaultfd-events.ts";

/** Advice about pages under mmap_read_lock, which some of it lets go of on the way. */
export type PageAdvice = "WILLNEED" | "REMOVE" | "COLD" | "PAGEOUT" | "COLLAPSE";

/** Which kernel has which (knob madviseUpTo): those of the one before, and these. */
const SINCE: Readonly<Record<Context["knobs"]["madviseUpTo"], readonly PageAdvice[]>> = {
  REMOVE: ["WILLNEED", "REMOVE"],
  PAGEOUT: ["WILLNEED", "REMOVE", "COLD", "PAGEOUT"],
  COLLAPSE: ["WILLNEED", "REMOVE", "COLD", "PAGEOUT", "COLLAPSE"],
};

/** madvise of these kinds: 0 or an errno; -ENOMEM for a gap after the rest was done. mm/madvise.c */
export const madvisePages: Procedure<Context, [number, number, number, PageAdvice], number> = procedure(
  "madvise_do_behavior",
  function* (k, mm: number, start: number, length: number, advice: PageAdvice) {
    const end = start + pageAlign(length);
    if (!SINCE[k.knobs.madviseUpTo].includes(advice)) return ERRNO.EINVAL;
    if (start % 4096 !== 0 || length < 0 || start < 0) return ERRNO.EINVAL;
    yield* mmapReadLock(k, mm);
    const error = yield* madviseWalk(k, mm, start, end, function* (vma) {
      const view = yield* vmaView(vma);
      return yield* adviseOne(k, mm, vma, Math.max(start, view.start), Math.min(end, view.end), advice);
    });
    yield* mmapReadUnlock(mm);
    return error;
  },
);

function adviseOne(k: Context, mm: number, vma: VmaPtr, start: number, end: number, advice: PageAdvice): Steps<number> {
  switch (advice) {
    case "WILLNEED":
      return willneed(k, mm, vma, start, end);
    case "REMOVE":
      return remove(k, mm, vma, start, end);
    case "COLD":
    case "PAGEOUT":
      return coldOrPageout(k, mm, vma, start, end, advice === "PAGEOUT");
    case "COLLAPSE":
      return collapse(k, mm, vma, start, end);
  }
}

/** MADV_WILLNEED: what is swapped out comes into the swap cache; of a file, into its cache, with mmap_lock dropped. */
const willneed: Procedure<Context, [number, VmaPtr, number, number], number> = procedure(
  "madvise_willneed",
  function* (k, mm: number, vma: VmaPtr, start: number, end: number) {
    const view = yield* vmaView(vma);
    if (isAnonymous(view)) {
      for (const part of yield* tablesInRange(mm, start, end)) yield* swapinTable(k, mm, part.start, part.end);
      return 0;
    }
    if (view.file === null) return ERRNO.EBADF;
    if (yield* isShmem(view.file)) return 0; // only what is swapped out would be read
    const inode = yield* borrowFile(view.file);
    yield* mmapReadUnlock(mm);
    const { size } = yield* fdget(view.file);
    const first = view.pgoff + pagesFrom(view.start, start);
    const pages = size === null ? Infinity : pageAlign(size) / PAGE_SIZE;
    for (let index = first; index < Math.min(pages, first + pagesFrom(start, end)); index++) {
      const page = yield* allocPage();
      if (!(yield* filemapAddFolio(inode, index, page))) yield* putPage(page);
    }
    yield* fput(k, view.file, BORROWED);
    return yield* lockAgain(k, mm);
  },
);

/** swapin_walk_pmd_entry: each entry is read under the page-table lock, and its page without. mm/madvise.c */
const swapinTable: Procedure<Context, [number, number, number], null> = procedure(
  "swapin_walk_pmd_entry",
  function* (_k, mm: number, start: number, end: number) {
    for (let at = start; at < end; at += PAGE_SIZE) {
      if (!(yield* pteOffsetMapLock(mm, at))) return null;
      const entry = yield* ptepGet(mm, at);
      yield* pteUnmapUnlock(mm, at);
      if (entry === null || !("kind" in entry) || entry.kind !== "swap") continue;
      const page = yield* readSwapCacheAsync(entry.slot, yield* allocPage());
      if (page !== null) yield* putPage(page);
    }
    return null;
  },
);

/** MADV_COLD, MADV_PAGEOUT: under the page-table lock pages are only picked; reclaim takes them afterwards. */
const coldOrPageout: Procedure<Context, [number, VmaPtr, number, number, boolean], number> = procedure(
  "madvise_pageout",
  function* (k, mm: number, vma: VmaPtr, start: number, end: number, pageout: boolean) {
    const { flags } = yield* vmaView(vma);
    if ((flags & (VM.LOCKED | VM.PFNMAP | VM.HUGETLB)) !== 0) return ERRNO.EINVAL;
    for (const part of yield* tablesInRange(mm, start, end)) {
      if (!(yield* pteOffsetMapLock(mm, part.start))) continue;
      const isolated: readonly Isolated[] = yield* madviseColdOrPageout(vma, part.start, part.end, pageout);
      yield* pteUnmapUnlock(mm, part.start);
      for (const { page, at } of isolated) {
        yield* shrinkFolio(k, mm, at, page);
        yield* putPage(page);
      }
    }
    return 0;
  },
);

/**
 * MADV_REMOVE: a hole in the file, where it is mapped shared and may be written. Nothing but the reference on the file is
 * held meanwhile. mm/madvise.c, madvise_remove()
 */
const remove: Procedure<Context, [number, VmaPtr, number, number], number> = procedure(
  "madvise_remove",
  function* (k, mm: number, vma: VmaPtr, start: number, end: number) {
    const view = yield* vmaView(vma);
    if ((view.flags & VM.LOCKED) !== 0 || view.file === null) return ERRNO.EINVAL;
    if ((view.flags & (VM.SHARED | VM.MAYWRITE)) !== (VM.SHARED | VM.MAYWRITE)) return ERRNO.EACCES;
    const inode = yield* borrowFile(view.file);
    if (yield* userfaultfdRemove(k, mm, vma, start, end)) yield* mmapReadUnlock(mm);
    yield* punchHole(k, inode, view.pgoff + pagesFrom(view.start, start), pagesFrom(start, end));
    yield* fput(k, view.file, BORROWED);
    return yield* lockAgain(k, mm);
  },
);

/**
 * MADV_COLLAPSE of whole page tables of a file: its pages become one huge one, which nobody maps, and the page tables go.
 * Private memory, of which there are no huge pages here, is -EINVAL. mm/khugepaged.c, madvise_collapse()
 */
const collapse: Procedure<Context, [number, VmaPtr, number, number], number> = procedure(
  "madvise_collapse",
  function* (k, mm: number, vma: VmaPtr, start: number, end: number) {
    const view = yield* vmaView(vma);
    const from = Math.ceil(start / TABLE_SPAN) * TABLE_SPAN;
    if (view.file === null || from + TABLE_SPAN > end) return ERRNO.EINVAL;
    yield* mmgrab(mm);
    for (let at = from; at + TABLE_SPAN <= end; at += TABLE_SPAN) {
      const first = view.pgoff + pagesFrom(view.start, at);
      const inode = yield* borrowFile(view.file);
      yield* mmapReadUnlock(mm);
      yield* unmapMappingPages(k, inode, first, TABLE_SPAN / PAGE_SIZE);
      yield* retractPageTables(k, inode, first);
      yield* fput(k, view.file, BORROWED);
      yield* mmapReadLock(k, mm);
      const found = yield* vmaNext(mm, at, at + TABLE_SPAN);
      // hugepage_vma_revalidate: another mapping is another matter.
      if (found === null || (yield* vmaView(found)).file !== view.file) break;
    }
    yield* mmdrop(mm);
    return 0;
  },
);

function* lockAgain(k: Context, mm: number): Steps<number> {
  yield* mmapReadLock(k, mm);
  return 0;
}

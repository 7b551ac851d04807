import type { SetupKernel } from "@faultline/interleave";
import {
  iMmapLock,
  PAGE_SIZE,
  type PagePtr,
  pageSlot,
  presentPte,
  swapCache,
  swapSlots,
  TABLE_SPAN,
  VM,
} from "@faultline/mm";
import { pagePool } from "../../../packages/mm/src/objects/page.ts";

/** Where acts take place: a process with an area of memory. */
export interface Place {
  readonly mm: number;
  /** The area's first address. */
  readonly at: number;
  /** In bytes: two pages, or a whole page table of them. */
  readonly size: number;
  /** What the first page was at the start; nothing that is mapped where there is none. */
  readonly page: PagePtr;
  /** The file that is mapped; -1 where none is. */
  readonly file: number;
  /** Another process: a child with a copy of the area, or one that has mapped nothing. */
  readonly other: number;
}

export const INODE = 0;
export const I_MMAP: string = iMmapLock(INODE);

const AT = 0x10_0000;
const RW = VM.READ | VM.WRITE;
const SIZE = 2 * PAGE_SIZE;
const AREA = { start: AT, length: SIZE, flags: RW, ops: "", owner: "" };
const NO_PAGE: PagePtr = { page: -1, gen: 0 };

/** How a place comes about. */
export type MakePlace = (k: SetupKernel) => Place;

/** Private memory, its first page written; the other process has nothing. */
function privateArea(k: SetupKernel): Place {
  const other = k.mm();
  const mm = k.mm();
  k.run(k.mmap(mm, AREA));
  return { mm, at: AT, size: SIZE, page: written(k, mm), file: -1, other };
}

/** A private mapping of a file, its first page written. */
function privateFile(k: SetupKernel): Place {
  const other = k.mm();
  const mm = k.mm();
  const file = k.run(k.doDentryOpen(INODE, "", ""));
  k.run(k.mmap(mm, { ...AREA, file }));
  return { mm, at: AT, size: SIZE, page: written(k, mm), file, other };
}

/** Two page frames of a device, mapped without references. */
function pageFrames(k: SetupKernel): Place {
  const other = k.mm();
  const mm = k.mm();
  const file = k.run(k.doDentryOpen(INODE, "", ""));
  k.run(k.mmap(mm, { ...AREA, flags: RW | VM.SHARED | VM.IO | VM.PFNMAP | VM.DONTEXPAND, file }));
  k.run(k.mmapReadLock(mm));
  const vma = k.run(k.vmaLookup(mm, AT))!;
  for (const at of [AT, AT + PAGE_SIZE]) k.run(k.vmfInsertPfn(mm, vma, at, k.run(k.dmaAllocCoherent()), true));
  k.run(k.mmapReadUnlock(mm));
  return { mm, at: AT, size: SIZE, page: NO_PAGE, file, other };
}

/** Private memory right below a stack, which grows where the memory goes. */
function belowStack(k: SetupKernel): Place {
  const place = privateArea(k);
  k.run(k.mmap(place.mm, { ...AREA, start: AT + 2 * PAGE_SIZE, flags: RW | VM.GROWSDOWN }));
  k.run(k.pageFault(place.mm, AT + 2 * PAGE_SIZE, true));
  return place;
}

/** The top of a stack, which has its place below it still to grow into. */
function stack(k: SetupKernel): Place {
  const other = k.mm();
  const mm = k.mm();
  k.run(k.mmap(mm, { ...AREA, start: AT + 2 * PAGE_SIZE, flags: RW | VM.GROWSDOWN }));
  k.run(k.pageFault(mm, AT + 2 * PAGE_SIZE, true));
  return { mm, at: AT, size: SIZE, page: NO_PAGE, file: -1, other };
}

/** Two stacks that may both grow. */
function twoStacks(k: SetupKernel): Place {
  const place = stack(k);
  k.run(k.mmap(place.mm, { ...AREA, start: AT + TABLE_SPAN + SIZE, flags: RW | VM.GROWSDOWN }));
  k.run(k.pageFault(place.mm, AT + TABLE_SPAN + SIZE, true));
  return place;
}

/** Private memory, its first page swapped out. */
function swapped(k: SetupKernel): Place {
  const place = privateArea(k);
  k.put(swapSlots, 1);
  k.run(k.swapOut(place.mm, AT));
  return place;
}

/** The same, and the page has left the swap cache since: reclaim has finished with it. mm/vmscan.c, __remove_mapping() */
function swappedOut(k: SetupKernel): Place {
  const place = swapped(k);
  const { page, gen } = place.page;
  k.put(swapCache.of(0), null);
  k.put(pageSlot.of(page), { gen, state: "free", refs: {} });
  k.put(pagePool, { slots: page + 1, free: [page] });
  return place;
}

/** Private memory that a child shares. */
function forked(k: SetupKernel): Place {
  const place = privateArea(k);
  return { ...place, other: k.run(k.fork(place.mm, null, null)) };
}

/** Private memory that a child shared, which is gone: a write may use the page as it is. */
function reusable(k: SetupKernel): Place {
  const place = forked(k);
  k.run(k.exitProcess(place.other));
  return { ...place, other: k.mm() };
}

/** Two written pages, each under a page table of its own. */
function straddling(k: SetupKernel): Place {
  const other = k.mm();
  const mm = k.mm();
  const at = TABLE_SPAN - PAGE_SIZE;
  k.run(k.mmap(mm, { ...AREA, start: at }));
  for (const address of [at, TABLE_SPAN]) k.run(k.pageFault(mm, address, true));
  return { mm, at, size: SIZE, page: NO_PAGE, file: -1, other };
}

/** The same of a file, of which only the first page is mapped, for reading, and has a page table. */
function straddlingFile(k: SetupKernel): Place {
  const other = k.mm();
  const mm = k.mm();
  const file = k.run(k.doDentryOpen(INODE, "", ""));
  const at = TABLE_SPAN - PAGE_SIZE;
  k.run(k.mmap(mm, { ...AREA, start: at, file }));
  k.run(k.pageFault(mm, at, false));
  return { mm, at, size: SIZE, page: NO_PAGE, file, other };
}

/** A shared mapping of a file, its first page mapped for reading. */
function sharedFile(k: SetupKernel): Place {
  const other = k.mm();
  const mm = k.mm();
  const file = k.run(k.doDentryOpen(INODE, "", ""));
  k.run(k.mmap(mm, { ...AREA, flags: RW | VM.SHARED, file }));
  k.run(k.pageFault(mm, AT, false));
  return { mm, at: AT, size: SIZE, page: NO_PAGE, file, other };
}

/** A private mapping of a file, its first page written, and private memory behind it. */
function fileAndMore(k: SetupKernel): Place {
  const place = privateFile(k);
  k.run(k.mmap(place.mm, { ...AREA, start: AT + SIZE }));
  return place;
}

/** Private memory of which only the zero page is mapped, at its start. */
function zeroPage(k: SetupKernel): Place {
  const other = k.mm();
  const mm = k.mm();
  k.run(k.mmap(mm, AREA));
  k.run(k.pageFault(mm, AT, false));
  return { mm, at: AT, size: SIZE, page: NO_PAGE, file: -1, other };
}

/** Private memory beside an area like it, from which it would take its anon_vma. */
function beside(k: SetupKernel): Place {
  const other = k.mm();
  const mm = k.mm();
  k.run(k.mmap(mm, { ...AREA, start: AT + 2 * PAGE_SIZE, flags: RW | VM.EXEC }));
  k.run(k.pageFault(mm, AT + 2 * PAGE_SIZE, true));
  k.run(k.mmap(mm, AREA));
  return { mm, at: AT, size: SIZE, page: NO_PAGE, file: -1, other };
}

/** Private memory, written, and more of it under another page table, where no page table is yet. */
function twoTables(k: SetupKernel): Place {
  const place = privateArea(k);
  k.run(k.mmap(place.mm, { ...AREA, start: AT + TABLE_SPAN, flags: RW | VM.EXEC }));
  return place;
}

/** The same, nothing written so far. */
function twoTablesUnused(k: SetupKernel): Place {
  const other = k.mm();
  const mm = k.mm();
  k.run(k.mmap(mm, AREA));
  k.run(k.mmap(mm, { ...AREA, start: AT + TABLE_SPAN, flags: RW | VM.EXEC }));
  k.run(k.mmapReadLock(mm));
  k.run(k.pteAlloc(mm, AT));
  k.run(k.mmapReadUnlock(mm));
  return { mm, at: AT, size: SIZE, page: NO_PAGE, file: -1, other };
}

/** A private mapping of a file over one whole page table, which is there and empty. */
function wholeTable(k: SetupKernel): Place {
  const other = k.mm();
  const mm = k.mm();
  const file = k.run(k.doDentryOpen(INODE, "", ""));
  k.run(k.mmap(mm, { ...AREA, start: 2 * TABLE_SPAN, length: TABLE_SPAN, file }));
  k.run(k.mmapReadLock(mm));
  k.run(k.pteAlloc(mm, 2 * TABLE_SPAN));
  k.run(k.mmapReadUnlock(mm));
  return { mm, at: 2 * TABLE_SPAN, size: TABLE_SPAN, page: NO_PAGE, file, other };
}

/** Private memory over one whole page table, which is there and empty. */
function emptyTable(k: SetupKernel): Place {
  const other = k.mm();
  const mm = k.mm();
  k.run(k.mmap(mm, { ...AREA, start: 2 * TABLE_SPAN, length: TABLE_SPAN }));
  k.run(k.mmapReadLock(mm));
  k.run(k.pteAlloc(mm, 2 * TABLE_SPAN));
  k.run(k.mmapReadUnlock(mm));
  return { mm, at: 2 * TABLE_SPAN, size: TABLE_SPAN, page: NO_PAGE, file: -1, other };
}

function written(k: SetupKernel, mm: number): PagePtr {
  k.run(k.pageFault(mm, AT, true));
  const { page, gen } = presentPte(k.run(k.ptepGet(mm, AT)))!;
  return { page, gen };
}

const makers = {
  privateArea,
  privateFile,
  pageFrames,
  belowStack,
  stack,
  twoStacks,
  swapped,
  swappedOut,
  forked,
  reusable,
  straddling,
  straddlingFile,
  sharedFile,
  fileAndMore,
  zeroPage,
  beside,
  twoTables,
  twoTablesUnused,
  wholeTable,
  emptyTable,
} satisfies Record<string, MakePlace>;

export type PlaceName = keyof typeof makers;

/** How the place of this name comes about. */
export function makerOf(name: PlaceName): MakePlace {
  return makers[name];
}

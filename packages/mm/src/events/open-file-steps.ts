import {
  BORROWED,
  cacheEnd,
  file,
  fileCount,
  fileMode,
  inodeCount,
  inodeLimit,
  inodeShmem,
  inodeSize,
  pageCache,
} from "../objects/file.ts";
import { pageBytes, pageMapping, pagePool, type PagePtr, pageSlot, pageType } from "../objects/page.ts";
import { cacheHolder, fileIsOpen, getFile, growCache } from "./file-steps.ts";
import { clearBytes } from "./page-bytes.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import { allocateSlot } from "./vma-steps.ts";

/** What mmap(2) asks of a file. */
export type OpenFile = {
  readonly file: number;
  readonly mode: "r" | "w" | "rw";
  /** s_maxbytes: how long a file of this file system may get, in pages. */
  readonly maxPages: number;
};

/** fget: the file of a descriptor, with a reference that this task works with. fs/file.c */
export const fget: Step<[number], OpenFile> = step("fget", (tx, slot) => {
  getFile(tx, slot, BORROWED);
  const { inode } = tx.read(file.of(slot));
  return { file: slot, mode: tx.read(fileMode.of(slot)), maxPages: tx.read(inodeLimit.of(inode)) };
});

/** shmem_zero_setup: a file of its own, `length` bytes long, for memory that is shared and anonymous. mm/shmem.c */
export const shmemZeroSetup: Step<[number], number> = step("shmem_zero_setup", (tx, length) => {
  const slot = tx.read(fileCount);
  const inode = tx.read(inodeCount);
  tx.write(fileCount, slot + 1);
  tx.write(inodeCount, inode + 1);
  tx.write(inodeSize.of(inode), length);
  tx.write(inodeShmem.of(inode), true);
  tx.write(file.of(slot), { state: "open", inode, ops: "", owner: "", refs: { fd: 1 } });
  return slot;
});

/** i_size_write: the file is this long from now on. include/linux/fs.h */
export const iSizeWrite: Step<[number, number], null> = step("i_size_write", (tx, inode, bytes) => {
  tx.write(inodeSize.of(inode), bytes);
});

/** truncate_inode_partial_folio: what the page still holds behind the end is zeroed. mm/truncate.c */
export const zeroPartialPage: Step<[number, number, number], null> = step(
  "folio_zero_range",
  (tx, inode, index, from) => {
    const page = tx.read(pageCache.of(inode, index));
    if (page !== null) clearBytes(tx, page, from);
  },
);

/** What a truncation has to take out of the cache: the indices from `first` on. pagevec lookup of mm/truncate.c */
export const findLockEntries: Step<[number, number, number], readonly number[]> = step(
  "find_lock_entries",
  (tx, inode, first, last) => {
    const found: number[] = [];
    const end = Math.min(last, tx.read(cacheEnd.of(inode)));
    for (let index = first; index < end; index++) if (tx.read(pageCache.of(inode, index)) !== null) found.push(index);
    return found;
  },
);

/** write(2) of one byte at the start of a page of the file, whose cache has the page from then on. mm/filemap.c */
export const genericPerformWrite: Step<[number, number, number], null> = step(
  "generic_perform_write",
  (tx, inode, index, byte) => {
    let page: PagePtr | null = tx.read(pageCache.of(inode, index));
    if (page === null) {
      const slot = allocateSlot(tx, pagePool);
      const gen = tx.read(pageSlot.of(slot)).gen + 1;
      page = { page: slot, gen };
      tx.write(pageSlot.of(slot), { gen, state: "live", refs: { [cacheHolder(inode)]: 1 } });
      tx.write(pageType.of(slot), "file");
      tx.write(pageMapping.of(slot), { inode, index });
      tx.write(pageCache.of(inode, index), page);
      growCache(tx, inode, index);
    }
    tx.write(pageBytes.of(page.page), { gen: page.gen, bytes: { 0: byte } });
  },
);

/** An open file, its inode and how long that is, in bytes; null where nobody asks. */
export type OpenInode = {
  readonly inode: number;
  readonly mode: "r" | "w" | "rw";
  readonly size: number | null;
  /** s_maxbytes, in pages. */
  readonly maxPages: number;
};

/** fdget: an open file and its inode. include/linux/file.h */
export const fdget: Step<[number], OpenInode> = step("fdget", (tx, slot) => {
  fileIsOpen(tx, slot);
  const { inode } = tx.read(file.of(slot));
  return {
    inode,
    mode: tx.read(fileMode.of(slot)),
    size: tx.read(inodeSize.of(inode)),
    maxPages: tx.read(inodeLimit.of(inode)),
  };
});

/** shmem_mapping: whether the file has no disk behind it. mm/shmem.c */
export const isShmem: Step<[number], boolean> = step("shmem_mapping", (tx, slot) => {
  fileIsOpen(tx, slot);
  return tx.read(inodeShmem.of(tx.read(file.of(slot)).inode));
});

export const openFileSteps: readonly AnyStep[] = [
  fget,
  fdget,
  isShmem,
  shmemZeroSetup,
  iSizeWrite,
  zeroPartialPage,
  findLockEntries,
  genericPerformWrite,
];

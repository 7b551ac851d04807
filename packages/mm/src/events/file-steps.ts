import { refsWithout } from "../objects/refs.ts";
import { BORROWED, cacheEnd, type File, file, fileCount, pageCache, vmaHolder } from "../objects/file.ts";
import { type PagePtr, pageMapping, pageType } from "../objects/page.ts";
import { vmaName, type VmaPtr, vmaSlot } from "../objects/vma.ts";
import { FILE_REF } from "../rules/file.ts";
import { getRef, moveRef, pageIsLive, taskHolder } from "./page-refs.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { accessVma } from "./vma-access.ts";

/** open(2): a struct file of this inode, held by its descriptor. `ops` and `owner` name the driver and its data. */
export const doDentryOpen: Step<[number, string, string], number> = step("do_dentry_open", (tx, inode, ops, owner) => {
  const slot = tx.read(fileCount);
  tx.write(fileCount, slot + 1);
  tx.write(file.of(slot), { state: "open", inode, ops, owner, refs: { fd: 1 } });
  return slot;
});

/** vma->vm_file = get_file(file), while the VMA is being made. Returns the inode. mm/vma.c, __mmap_new_file_vma() */
export const vmaSetFile: Step<[VmaPtr, number], number> = step("vma_set_file", (tx, ptr, slot) => {
  const { inode, state } = tx.read(file.of(slot));
  const vma = accessVma(tx, ptr);
  if (vma === undefined || (state === "none" && !fileIsOpen(tx, slot))) return inode;
  if (vma.state !== "new") tx.violate(FILE_REF, vmaName(ptr), `vm_file of ${vmaName(ptr)} is set while it is in use`);
  tx.write(vmaSlot.of(ptr.vma), { ...vma, file: slot });
  getFile(tx, slot, vmaHolder(ptr.vma));
  return inode;
});

/** get_file by a VMA that was copied from another with the same vm_file: fork, mremap. Returns the inode. */
export const vmaGetFile: Step<[VmaPtr, number], number> = step("get_file", (tx, ptr, slot) => {
  if (accessVma(tx, ptr) !== undefined) getFile(tx, slot, vmaHolder(ptr.vma));
  return tx.read(file.of(slot)).inode;
});

/** get_file by who goes on with the file without the lock that keeps the VMA. Returns the inode. */
export const borrowFile: Step<[number], number> = step("get_file_ref", (tx, slot) => {
  getFile(tx, slot, BORROWED);
  return tx.read(file.of(slot)).inode;
});

/** One more reference on a file that must be open. */
export function getFile(tx: StepContext, slot: number, holder: string): void {
  if (!fileIsOpen(tx, slot)) return;
  tx.update(file.of(slot), (opened) => {
    return { ...opened, refs: { ...opened.refs, [holder]: (opened.refs[holder] ?? 0) + 1 } };
  });
}

/** fput: drops `holder`'s reference. The file when it was the last, so that the caller releases it, else null. */
export const fputTestzero: Step<[number, string], { ops: string; owner: string } | null> = step(
  "fput",
  (tx, slot, holder) => {
    if (!fileIsOpen(tx, slot)) return null;
    const opened = tx.read(file.of(slot));
    if ((opened.refs[holder] ?? 0) === 0) {
      tx.violate(FILE_REF, `file:${slot}`, `fput of a reference on file:${slot} that ${holder} does not hold`);
      return null;
    }
    const left = refsWithout(opened.refs, holder);
    const last = Object.keys(left).length === 0;
    tx.write(file.of(slot), { ...opened, refs: left, state: last ? "released" : "open" });
    return last ? { ops: opened.ops, owner: opened.owner } : null;
  },
);

/** Whether this file may be used at all. */
export function fileIsOpen(tx: StepContext, slot: number): boolean {
  const { state }: File = tx.read(file.of(slot));
  if (state === "open") return true;
  const why = state === "none" ? ", which nobody has opened" : " after its release";
  tx.violate(FILE_REF, `file:${slot}`, `${tx.op} uses file:${slot}${why}`);
  return false;
}

/** filemap_add_folio: the page becomes the inode's at this index; its cache takes over this task's reference. */
export const filemapAddFolio: Step<[number, number, PagePtr], boolean> = step(
  "filemap_add_folio",
  (tx, inode, index, page) => {
    if (tx.read(pageCache.of(inode, index)) !== null || !pageIsLive(tx, page)) return false;
    tx.write(pageCache.of(inode, index), page);
    growCache(tx, inode, index);
    tx.write(pageMapping.of(page.page), { inode, index });
    if (tx.read(pageType.of(page.page)) === "") tx.write(pageType.of(page.page), "file");
    moveRef(tx, page, taskHolder(tx.task), cacheHolder(inode));
    return true;
  },
);

/** The cache has a page with this index from now on. */
export function growCache(tx: StepContext, inode: number, index: number): void {
  if (tx.read(cacheEnd.of(inode)) <= index) tx.write(cacheEnd.of(inode), index + 1);
}

/** filemap_get_folio: the page with a reference, or null. */
export const filemapGetFolio: Step<[number, number], PagePtr | null> = step("filemap_get_folio", (tx, inode, index) => {
  const page = tx.read(pageCache.of(inode, index));
  if (page !== null) getRef(tx, page, taskHolder(tx.task));
  return page;
});

/** filemap_remove_folio: the page leaves the cache, whose reference is the caller's now; null where there was none. */
export const filemapRemoveFolio: Step<[number, number], PagePtr | null> = step(
  "filemap_remove_folio",
  (tx, inode, index) => {
    const page = tx.read(pageCache.of(inode, index));
    if (page === null) return null;
    tx.write(pageCache.of(inode, index), null);
    tx.write(pageMapping.of(page.page), null);
    moveRef(tx, page, cacheHolder(inode), taskHolder(tx.task));
    return page;
  },
);

/** The name under which an inode's cache holds its pages. */
export function cacheHolder(inode: number): string {
  return `cache${inode}`;
}

export const fileSteps: readonly AnyStep[] = [
  doDentryOpen,
  vmaSetFile,
  vmaGetFile,
  borrowFile,
  fputTestzero,
  filemapAddFolio,
  filemapGetFolio,
  filemapRemoveFolio,
];

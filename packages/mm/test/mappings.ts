import { vmaSetOps, vmAreaAlloc } from "../src/events/vma-steps.ts";
import { type PagePtr, VM, type VmaPtr } from "../src/index.ts";
import type { World } from "./world.ts";

/** Where the tests map. */
export const AT = 0x10000;
export const PAGE = 4096;
export const RW: number = VM.READ | VM.WRITE;

/** A mapping of `pages` pages by task 1 in its own mm, anonymous unless a driver is named. */
export function mapAt(w: World, mm: number, start: number, pages: number, flags: number = RW, ops = ""): VmaPtr {
  const owner = ops === "" ? "" : `${ops}0`;
  const at = w.as(1, w.k.mmap(mm, { start, length: pages * PAGE, flags, ops, owner }));
  if (at !== start) throw new Error(`mmap returned ${at}`);
  return lookup(w, mm, start)!;
}

/** What stands at an address, looked up by task 1 under the read lock, which it lets go of. */
export function lookup(w: World, mm: number, address: number): VmaPtr | null {
  w.as(1, w.k.mmapReadLock(mm));
  const vma = w.as(1, w.k.vmaLookup(mm, address));
  w.as(1, w.k.mmapReadUnlock(mm));
  return vma;
}

/** A VMA in its mmap hook: task 1 holds the write lock, and nobody else sees the VMA. */
export function newVma(w: World, mm: number, flags: number, ops = "drv"): VmaPtr {
  w.as(1, w.k.mmapWriteLock(mm));
  const may = VM.MAYREAD | VM.MAYWRITE | VM.MAYEXEC;
  const vma = w.as(1, vmAreaAlloc(mm, AT, AT + 4 * PAGE, flags | may, 0));
  if (ops !== "") w.as(1, vmaSetOps(vma, ops, `${ops}0`));
  return vma;
}

/** A page that task 1 holds. */
export function page(w: World): PagePtr {
  return w.as(1, w.k.allocPage());
}

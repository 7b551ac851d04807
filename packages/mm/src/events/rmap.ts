import { anonVma, anonVmaChain, anonVmaLock } from "../objects/anon-vma.ts";
import { file, iMmap, iMmapLock } from "../objects/file.ts";
import { heldBy } from "../objects/task.ts";
import type { Vma, VmaPtr } from "../objects/vma.ts";
import type { Reader } from "../store/transaction.ts";

/** Whether two pointers name the same VMA. */
export function sameVma(a: VmaPtr, b: VmaPtr): boolean {
  return a.vma === b.vma && a.gen === b.gen;
}

/** Whether a task holds this rwsem, in any mode. */
export function holdsRwsem(tx: Reader, task: number, name: string): boolean {
  return tx.read(heldBy.of(task)).some(({ lock }) => lock === `rwsem:${name}`);
}

/** Whether a task holds any rmap lock at all: the cheap half of the question whether one of them keeps a VMA. */
export function holdsRmapLock(tx: Reader, task: number): boolean {
  return tx.read(heldBy.of(task)).some((held) => held.class === "i_mmap" || held.class === "anon_vma");
}

/** Whether an rmap lock that the task holds keeps this VMA: one of a tree in which the VMA is. */
export function rmapKeeps(tx: Reader, task: number, vma: Vma, ptr: VmaPtr): boolean {
  if (!holdsRmapLock(tx, task)) return false;
  if (vma.file !== null) {
    const { inode } = tx.read(file.of(vma.file));
    if (holdsRwsem(tx, task, iMmapLock(inode)) && inIMmap(tx, inode, ptr)) return true;
  }
  return tx.read(anonVmaChain.of(ptr.vma)).some((slot) => {
    const { root, vmas } = tx.read(anonVma.of(slot));
    return holdsRwsem(tx, task, anonVmaLock(root)) && vmas.some((one) => sameVma(one, ptr));
  });
}

/** Where rmap can still find a VMA: its inode, and the root of its anon_vmas; null where it cannot. */
export function rmapOf(tx: Reader, vma: Vma, ptr: VmaPtr): { inode: number | null; root: number | null } {
  const inode = vma.file === null ? null : tx.read(file.of(vma.file)).inode;
  const [first] = tx.read(anonVmaChain.of(ptr.vma));
  return {
    inode: inode !== null && inIMmap(tx, inode, ptr) ? inode : null,
    root: first === undefined ? null : tx.read(anonVma.of(first)).root,
  };
}

function inIMmap(tx: Reader, inode: number, ptr: VmaPtr): boolean {
  return tx.read(iMmap.of(inode)).some((one) => sameVma(one, ptr));
}

import { withNumber } from "../objects/ascending.ts";
import { anonVma, anonVmaChain, anonVmaSlab, vmaAnonVma } from "../objects/anon-vma.ts";
import { file, iMmap, vmaHolder } from "../objects/file.ts";
import { type VmaPtr, vmaSlot } from "../objects/vma.ts";
import { sameVma } from "./rmap.ts";
import type { StepContext } from "./step-context.ts";

/** The VMA enters the tree of an anon_vma. */
export function link(tx: StepContext, slot: number, { vma, gen }: VmaPtr): void {
  const tree = tx.read(anonVma.of(slot));
  tx.write(anonVma.of(slot), { ...tree, vmas: [...tree.vmas, { vma, gen }] });
}

/** vma->anon_vma = slot. */
export function own(tx: StepContext, slot: number, ptr: VmaPtr): void {
  const tree = tx.read(anonVma.of(slot));
  tx.write(anonVma.of(slot), { ...tree, users: tree.users + 1 });
  tx.write(vmaAnonVma.of(ptr.vma), slot);
}

/** A copy of a VMA is found wherever the original is, and has its anon_vma. */
export function linkLike(tx: StepContext, to: VmaPtr, from: VmaPtr): void {
  const chain = tx.read(anonVmaChain.of(from.vma));
  if (chain.length === 0) return;
  for (const slot of chain) link(tx, slot, to);
  tx.write(anonVmaChain.of(to.vma), chain);
  const first = tx.read(vmaAnonVma.of(from.vma));
  if (first !== null) own(tx, first, to);
}

/** The VMA leaves the trees of its anon_vmas; one that nobody is in any more goes back to its slab. */
export function unlinkChain(tx: StepContext, ptr: VmaPtr): void {
  const first = tx.read(vmaAnonVma.of(ptr.vma));
  for (const slot of tx.read(anonVmaChain.of(ptr.vma))) {
    const tree = tx.read(anonVma.of(slot));
    const vmas = tree.vmas.filter((one) => !sameVma(one, ptr));
    tx.write(anonVma.of(slot), { ...tree, vmas, users: slot === first ? tree.users - 1 : tree.users });
    if (vmas.length > 0) continue;
    const { slots, free } = tx.read(anonVmaSlab);
    tx.write(anonVmaSlab, { slots, free: withNumber(free, slot) });
  }
  tx.write(vmaAnonVma.of(ptr.vma), null);
  tx.write(anonVmaChain.of(ptr.vma), []);
}

/**
 * The other half of a split VMA: a reference on the file of its own, and rmap finds it wherever it finds the first.
 * vma_prepare and vma_complete of mm/vma.c, whose locks are the caller's.
 */
export function linkCopy(tx: StepContext, to: VmaPtr, from: VmaPtr): void {
  linkLike(tx, to, from);
  const slot = tx.read(vmaSlot.of(to.vma)).file;
  if (slot === null) return;
  tx.update(file.of(slot), (opened) => ({ ...opened, refs: { ...opened.refs, [vmaHolder(to.vma)]: 1 } }));
  const { inode } = tx.read(file.of(slot));
  tx.update(iMmap.of(inode), (list) => {
    const place = list.findIndex((one) => sameVma(one, from));
    return place < 0 ? list : list.toSpliced(place + 1, 0, { vma: to.vma, gen: to.gen });
  });
}

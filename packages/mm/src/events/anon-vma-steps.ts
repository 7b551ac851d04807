import { PAGE_SIZE } from "../objects/address.ts";
import { anonVma, anonVmaChain, anonVmaLock, anonVmaSlab, vmaAnonVma } from "../objects/anon-vma.ts";
import { vmaTree } from "../objects/mm.ts";
import { mmapLock } from "../objects/rwsem.ts";
import { holds } from "../objects/task.ts";
import { VM } from "../objects/vm-flags.ts";
import { type Vma, vmaFlags, vmaName, type VmaPtr, vmaSlot } from "../objects/vma.ts";
import { FIELD_READ, FIELD_WRITE } from "../rules/vma-fields.ts";
import { checkFieldWrite } from "./field-locks.ts";
import { type Found, partOf } from "./i-mmap-steps.ts";
import { holdsRwsem } from "./rmap.ts";
import { link, linkLike, own, unlinkChain } from "./rmap-link.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { accessVma } from "./vma-access.ts";
import { allocateSlot } from "./vma-steps.ts";

/**
 * __anon_vma_prepare: the VMA gets an anon_vma, a neighbour's where the two could merge. It looks at neighbours, hence
 * under mmap_lock; page_table_lock and the anon_vma's own lock are inside the step. mm/rmap.c
 */
export const anonVmaPrepare: Step<[VmaPtr], null> = step("__anon_vma_prepare", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined || tx.read(vmaAnonVma.of(ptr.vma)) !== null) return;
  if (holds(tx, tx.task, mmapLock(vma.mm).name) === undefined) {
    tx.violate(FIELD_WRITE, vmaName(ptr), `sets anon_vma of ${vmaName(ptr)} without mmap_lock`);
  }
  const slot = findMergeable(tx, vma, ptr) ?? create(tx, null);
  link(tx, slot, ptr);
  own(tx, slot, ptr);
  tx.write(anonVmaChain.of(ptr.vma), [slot]);
});

/**
 * anon_vma_clone, under the root's lock for writing (lock_anon_vma_root): the copy of a VMA (split, mremap) is found
 * wherever the original is. mm/rmap.c
 */
export const anonVmaClone: Step<[VmaPtr, VmaPtr], null> = step("anon_vma_clone", (tx, to, from) => {
  if (accessVma(tx, to) === undefined || accessVma(tx, from) === undefined) return;
  needsRootLock(tx, from, `links ${vmaName(to)} into`);
  linkLike(tx, to, from);
});

/**
 * anon_vma_fork, under the root's lock for writing: a child's VMA is found wherever its parent's is, for the pages they
 * share, and gets an anon_vma of its own for those to come, with the same root. mm/rmap.c
 */
export const anonVmaFork: Step<[VmaPtr, VmaPtr], null> = step("anon_vma_fork", (tx, child, parent) => {
  if (accessVma(tx, child) === undefined || accessVma(tx, parent) === undefined) return;
  const from = tx.read(vmaAnonVma.of(parent.vma));
  if (from === null) return;
  needsRootLock(tx, parent, `links ${vmaName(child)} into`);
  const { root } = tx.read(anonVma.of(from));
  const chain = tx.read(anonVmaChain.of(parent.vma));
  for (const slot of chain) link(tx, slot, child);
  const slot = create(tx, root);
  link(tx, slot, child);
  own(tx, slot, child);
  tx.write(anonVmaChain.of(child.vma), [slot, ...chain]);
});

/** unlink_anon_vmas, under the root's lock for writing: walks find the VMA no more. mm/rmap.c */
export const unlinkAnonVmas: Step<[VmaPtr], null> = step("unlink_anon_vmas", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  if (tx.read(vmaAnonVma.of(ptr.vma)) !== null) checkFieldWrite(tx, vma, ptr, "anon_vma=NULL");
  needsRootLock(tx, ptr, `unlinks ${vmaName(ptr)} from`);
  unlinkChain(tx, ptr);
});

/** anon_vma_interval_tree_foreach: the VMAs that may map the page with this index, under the root's lock. */
export const anonVmaForeach: Step<[number, number], readonly Found[]> = step(
  "anon_vma_interval_tree_foreach",
  (tx, slot, index) => {
    const { root, vmas } = tx.read(anonVma.of(slot));
    if (!holdsRwsem(tx, tx.task, anonVmaLock(root))) {
      tx.violate(FIELD_READ, `anon_vma:${slot}`, `walks anon_vma:${slot} without the lock of its root`);
    }
    const found: Found[] = [];
    for (const ptr of vmas) {
      const vma = accessVma(tx, ptr);
      const part = vma === undefined ? null : partOf(vma, index, 1);
      if (vma !== undefined && part !== null) found.push({ vma: ptr.vma, gen: ptr.gen, mm: vma.mm, ...part });
    }
    return found;
  },
);

/** anon_vma->root, read before its lock is taken: the slot's memory stays an anon_vma (SLAB_TYPESAFE_BY_RCU). */
export const anonVmaRoot: Step<[number], number> = step("anon_vma_root", (tx, slot) => tx.read(anonVma.of(slot)).root);

/** vma->anon_vma, read without regard to who may set it. */
export const readAnonVma: Step<[VmaPtr], number | null> = step("vma_anon_vma", (tx, ptr) =>
  accessVma(tx, ptr) === undefined ? null : tx.read(vmaAnonVma.of(ptr.vma)),
);

/** The lists of the VMA's anon_vmas change under the lock of their root, for writing. */
function needsRootLock(tx: StepContext, ptr: VmaPtr, does: string): void {
  for (const slot of tx.read(anonVmaChain.of(ptr.vma))) {
    const { root } = tx.read(anonVma.of(slot));
    if (holds(tx, tx.task, `rwsem:${anonVmaLock(root)}`)?.mode === "write") continue;
    tx.violate(FIELD_WRITE, vmaName(ptr), `${does} anon_vma:${slot} without its lock`);
  }
}

function create(tx: StepContext, root: number | null): number {
  const slot = allocateSlot(tx, anonVmaSlab);
  const gen = tx.read(anonVma.of(slot)).gen + 1;
  tx.write(anonVma.of(slot), { gen, root: root ?? slot, users: 0, vmas: [] });
  return slot;
}

/**
 * find_mergeable_anon_vma: that of the area right after or right before, when the two could become one but for their
 * access rights, and the other has not been through a fork. mm/vma.c, anon_vma_compatible(), reusable_anon_vma()
 */
function findMergeable(tx: StepContext, vma: Vma, ptr: VmaPtr): number | null {
  const near = tx.read(vmaTree.of(vma.mm)).filter(({ start, end }) => start === vma.end || end === vma.start);
  for (const area of near.toReversed()) {
    const slot = tx.read(vmaAnonVma.of(area.vma));
    if (slot !== null && compatible(tx, vma, ptr, area.vma)) return slot;
  }
  return null;
}

function compatible(tx: StepContext, vma: Vma, ptr: VmaPtr, near: number): boolean {
  const other = tx.read(vmaSlot.of(near));
  if (other.file !== vma.file || other.ops !== vma.ops || tx.read(anonVmaChain.of(near)).length !== 1) return false;
  if (other.pgoff - vma.pgoff !== (other.start - vma.start) / PAGE_SIZE) return false;
  return ((tx.read(vmaFlags.of(near)) ^ tx.read(vmaFlags.of(ptr.vma))) & ~ACCESS) === 0;
}

const ACCESS = VM.READ | VM.WRITE | VM.EXEC;

export const anonVmaSteps: readonly AnyStep[] = [
  anonVmaPrepare,
  anonVmaClone,
  anonVmaFork,
  unlinkAnonVmas,
  anonVmaForeach,
  anonVmaRoot,
  readAnonVma,
];

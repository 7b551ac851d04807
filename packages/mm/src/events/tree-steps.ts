import { hex } from "../objects/address.ts";
import { cursor, remapping } from "../objects/maple.ts";
import { areaAt, type TreeEntry, vmaTree } from "../objects/mm.ts";
import { mmapLock } from "../objects/rwsem.ts";
import { holds } from "../objects/task.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { RCU_CURSOR } from "../rules/rcu.ts";
import { TREE_GAP } from "../rules/tree.ts";
import { VMA_LIVE } from "../rules/vma-life.ts";
import { sameValue } from "../store/value.ts";
import { inRcu } from "./rcu.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { accessMm } from "./vma-access.ts";

/**
 * mas_walk: the VMA whose range covers this address, or null. `once` forgets where it was, `start` keeps it, `resume`
 * goes on from what was kept. Under RCU or mmap_lock. lib/maple_tree.c
 */
export const masWalk: Step<[number, number, "once" | "start" | "resume"], VmaPtr | null> = step(
  "mas_walk",
  (tx, mm, address, mode) => {
    const tree = walk(tx, mm, hex(address));
    if (mode === "resume") checkCursor(tx, mm, tree);
    if (mode !== "once") tx.write(cursor.of(tx.task), { mm, tree, at: address, rcu: inRcu(tx) });
    const entry = areaAt(tree, address);
    return entry === undefined ? null : { vma: entry.vma, gen: entry.gen };
  },
);

/**
 * mtree_load, a lookup whose answer is believed: what is mapped at this address, or null for nothing. Other walks ask
 * again under a lock when they find nothing. lib/maple_tree.c
 */
export const mtreeLoad: Step<[number, number], VmaPtr | null> = step("mtree_load", (tx, mm, address) => {
  const entry = areaAt(walk(tx, mm, hex(address)), address);
  if (entry !== undefined) return { vma: entry.vma, gen: entry.gen };
  checkGap(tx, mm, address);
  return null;
});

/**
 * vma_next of an iterator that stays where it is between calls: the first VMA past what was seen, or null at the end,
 * where the iterator is done with. `maple` trees replace nodes with every change; the red-black tree of before links
 * the VMAs themselves. include/linux/mm.h
 */
export const vmaNext: Step<[number, "maple" | "rbtree"], VmaPtr | null> = step("vma_next", (tx, mm, form) => {
  const tree = walk(tx, mm, "the next");
  const kept = tx.read(cursor.of(tx.task));
  if (form === "maple") checkCursor(tx, mm, tree);
  const at = kept?.mm === mm ? kept.at : 0;
  const entry = tree.find(({ end }) => end > at);
  tx.write(cursor.of(tx.task), entry === undefined ? null : { mm, tree, at: entry.end, rcu: inRcu(tx) });
  return entry === undefined ? null : { vma: entry.vma, gen: entry.gen };
});

/** vma_next from an address on, under RCU or mmap_lock: the first VMA that ends behind it, or null. */
export const vmaNextFrom: Step<[number, number], VmaPtr | null> = step("vma_next_from", (tx, mm, address) => {
  const entry = walk(tx, mm, hex(address)).find(({ end }) => end > address);
  return entry === undefined ? null : { vma: entry.vma, gen: entry.gen };
});

/** From here to the end of this mmap(MAP_FIXED), its range is mapped as far as its caller can tell, by old or new. */
export const mapFixedBegin: Step<[number, number, number], null> = step("map_fixed_begin", (tx, mm, start, end) => {
  accessMm(tx, mm);
  tx.write(remapping.of(mm), { start, end });
});

export const mapFixedEnd: Step<[number], null> = step("map_fixed_end", (tx, mm) => {
  accessMm(tx, mm);
  tx.write(remapping.of(mm), null);
});

function checkGap(tx: StepContext, mm: number, address: number): void {
  const range = tx.read(remapping.of(mm));
  if (range === null || address < range.start || range.end <= address) return;
  tx.violate(TREE_GAP, `mm:${mm}/tree`, `${tx.op} finds nothing at ${hex(address)}, which mmap replaces`);
}

/** mas_reset, mas_pause, or the end of the iterator's life: nothing is kept. */
export const masReset: Step<[], null> = step("mas_reset", (tx) => {
  tx.write(cursor.of(tx.task), null);
});

/** A look into the tree: under RCU or mmap_lock. */
function walk(tx: StepContext, mm: number, what: string): readonly TreeEntry[] {
  accessMm(tx, mm);
  if (!inRcu(tx) && holds(tx, tx.task, mmapLock(mm).name) === undefined) {
    tx.violate(VMA_LIVE, `mm:${mm}/tree`, `${tx.op}(${what}) without RCU or mmap_lock`);
  }
  return tx.read(vmaTree.of(mm));
}

/** Goes through the kept position: its node must not have been replaced since, unless RCU has kept it all the time. */
function checkCursor(tx: StepContext, mm: number, tree: readonly TreeEntry[]): void {
  const kept = tx.read(cursor.of(tx.task));
  if (kept?.mm !== mm || kept.rcu || sameValue(kept.tree, tree)) return;
  tx.violate(RCU_CURSOR, `mm:${mm}/tree`, `${tx.op} goes on from a node of the tree that was replaced and freed`);
}

export const treeSteps: readonly AnyStep[] = [
  masWalk,
  mtreeLoad,
  vmaNext,
  vmaNextFrom,
  masReset,
  mapFixedBegin,
  mapFixedEnd,
];

import { hex } from "../objects/address.ts";
import { type TreeEntry, vmaTree, writeLocked } from "../objects/mm.ts";
import { mmapLock } from "../objects/rwsem.ts";
import { holds, noteAcquired, noteReleased, countTasks } from "../objects/task.ts";
import { type Slab, type Vma, vmaFlags, vmaName, type VmaPtr, vmaReader, vmaSlab, vmaSlot } from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { LOCK_HELD } from "../rules/lock-discipline.ts";
import { VMA_LIVE } from "../rules/vma-life.ts";
import type { Ref } from "../store/component.ts";
import { checkFieldWrite } from "./field-locks.ts";
import { beforeSleep } from "./lock-rules.ts";
import { type AnyStep, BLOCKED, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { checkHookDone, storeFlags } from "./vm-flags-checks.ts";
import { accessMm, accessVma, needsWriteLock, vmaLockName } from "./vma-access.ts";

/** Takes a slot from a pool: a free one or a new one, whichever the allocator picks. */
export function allocateSlot(tx: StepContext, pool: Ref<Slab>): number {
  const { slots, free } = tx.read(pool);
  const [first, ...rest] = free;
  if (first !== undefined && tx.choose("reuse", "fresh") === "reuse") {
    tx.write(pool, { slots, free: rest });
    return first;
  }
  tx.write(pool, { slots: slots + 1, free });
  return slots;
}

/** vm_area_alloc: a VMA in no tree, private to its mapper. `pgoff` in pages, `flags` as in {@link VM}. */
export const vmAreaAlloc: Step<[number, number, number, number, number], VmaPtr> = step(
  "vm_area_alloc",
  (tx, mm, start, end, flags, pgoff) => {
    const slot = allocateSlot(tx, vmaSlab);
    const { gen } = tx.read(vmaSlot.of(slot));
    const by = tx.task;
    tx.write(vmaSlot.of(slot), {
      gen: gen + 1,
      state: "new",
      by,
      mm,
      start,
      end,
      pgoff,
      ops: "",
      owner: "",
      file: null,
    });
    tx.write(vmaFlags.of(slot), flags);
    return { vma: slot, gen: gen + 1 };
  },
);

/** vm_area_free: the memory goes back to the slab. */
export const vmAreaFree: Step<[VmaPtr], null> = step("vm_area_free", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  tx.write(vmaSlot.of(ptr.vma), { ...vmaSlot.initial, gen: vma.gen });
  tx.write(vmaFlags.of(ptr.vma), 0);
  tx.update(vmaSlab, ({ slots, free }) => ({ slots, free: [...free, ptr.vma].sort((a, b) => a - b) }));
});

/** The mmap hook sets vm_ops and vm_private_data. */
export const vmaSetOps: Step<[VmaPtr, string, string], null> = step("vma_set_ops", (tx, ptr, ops, owner) => {
  const vma = accessVma(tx, ptr);
  if (vma !== undefined) tx.write(vmaSlot.of(ptr.vma), { ...vma, ops, owner });
});

/** vm_flags_mod: sets and clears flags. On a VMA in use that wants mmap_write_lock. */
export const vmFlagsMod: Step<[VmaPtr, number, number], null> = step("vm_flags_mod", (tx, ptr, set, clear) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  if (vma.state === "attached") needsWriteLock(tx, vma.mm, vmaName(ptr));
  storeFlags(tx, vma, ptr, (tx.read(vmaFlags.of(ptr.vma)) | set) & ~clear);
});

/** vma_lookup: the VMA that covers this address, or null. */
export const vmaLookup: Step<[number, number], VmaPtr | null> = step("vma_lookup", (tx, mm, address) => {
  accessMm(tx, mm);
  if (holds(tx, tx.task, mmapLock(mm).name) === undefined) {
    tx.violate(VMA_LIVE, `mm:${mm}/tree`, `vma_lookup(${hex(address)}) without mmap_lock`);
  }
  const entry = tx.read(vmaTree.of(mm)).find(({ start, end }) => start <= address && address < end);
  return entry === undefined ? null : { vma: entry.vma, gen: entry.gen };
});

/** for_each_vma_range: the VMAs that meet [start, end), in order of address. */
export const vmaFind: Step<[number, number, number], readonly VmaPtr[]> = step("vma_find", (tx, mm, start, end) => {
  accessMm(tx, mm);
  return inRange(tx.read(vmaTree.of(mm)), start, end).map(({ vma, gen }) => ({ vma, gen }));
});

/** vma_iter_store: the VMA enters the tree. */
export const vmaIterStore: Step<[VmaPtr], null> = step("vma_iter_store", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  needsWriteLock(tx, vma.mm, vmaName(ptr));
  checkHookDone(tx, vma, ptr);
  tx.write(vmaSlot.of(ptr.vma), { ...vma, state: "attached", by: null });
  store(tx, vma, ptr);
});

/**
 * vma_iter_clear_gfp: the range leaves the tree; lookups find nothing there from now on. Its VMAs, whole ones, are
 * private to this task from here to their end. Returns them.
 */
export const vmaIterClear: Step<[number, number, number], readonly VmaPtr[]> = step(
  "vma_iter_clear",
  (tx, mm, start, end) => {
    needsWriteLock(tx, mm, `mm:${mm}/tree`);
    const tree = tx.read(vmaTree.of(mm));
    const gone = inRange(tree, start, end);
    tx.write(
      vmaTree.of(mm),
      tree.filter((entry) => !gone.includes(entry)),
    );
    for (const { vma } of gone) {
      tx.write(vmaSlot.of(vma), { ...tx.read(vmaSlot.of(vma)), state: "detached", by: tx.task });
    }
    return gone.map(({ vma, gen }) => ({ vma, gen }));
  },
);

/** The fields of a VMA that its unmapper looks at. */
export const vmaArea: Step<[VmaPtr], { start: number; end: number; ops: string; owner: string }> = step(
  "vma_area",
  (tx, ptr) => {
    const { start, end, ops, owner } = accessVma(tx, ptr) ?? vmaSlot.initial;
    return { start, end, ops, owner };
  },
);

/**
 * Whether munmap may downgrade although stacks may grow under the read lock: not when the next area above, however far,
 * is VM_GROWSDOWN. mm/mmap.c of 4.20 to 6.4
 */
export const mayDowngrade: Step<[number, number], boolean> = step("can_downgrade", (tx, mm, end) => {
  const next = tx.read(vmaTree.of(mm)).find((area) => area.start >= end);
  return next === undefined || (tx.read(vmaFlags.of(next.vma)) & VM.GROWSDOWN) === 0;
});

/** __split_vma: the part from `address` on becomes a VMA of its own. Returns the new one. */
export const splitVma: Step<[VmaPtr, number], VmaPtr> = step("__split_vma", (tx, ptr, address) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return ptr;
  needsWriteLock(tx, vma.mm, vmaName(ptr));
  const slot = allocateSlot(tx, vmaSlab);
  const gen = tx.read(vmaSlot.of(slot)).gen + 1;
  const pgoff = vma.pgoff + (address - vma.start) / 4096;
  const upper: Vma = { ...vma, gen, start: address, pgoff };
  checkFieldWrite(tx, vma, ptr, "vm_end");
  tx.write(vmaSlot.of(ptr.vma), { ...vma, end: address });
  tx.write(vmaSlot.of(slot), upper);
  tx.write(vmaFlags.of(slot), tx.read(vmaFlags.of(ptr.vma)));
  tx.update(vmaTree.of(vma.mm), (tree) => {
    const lower = tree.find((entry) => entry.vma === ptr.vma);
    if (lower !== undefined) lower.end = address;
  });
  store(tx, upper, { vma: slot, gen });
  return { vma: slot, gen };
});

/** vma_start_write: waits until no reader is inside, and keeps readers out until mmap_lock is let go of. */
export const vmaStartWrite: Step<[VmaPtr], null> = step("vma_start_write", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  beforeSleep(tx, vmaName(ptr));
  needsWriteLock(tx, vma.mm, vmaName(ptr));
  const locked = tx.read(writeLocked.of(vma.mm));
  if (locked.includes(ptr.vma)) return;
  const tasks = countTasks(tx);
  for (let task = 0; task < tasks; task++) if (tx.read(vmaReader.of(ptr.vma, task)) > 0) return BLOCKED;
  tx.write(writeLocked.of(vma.mm), [...locked, ptr.vma]);
  return;
});

/** lock_vma_under_rcu: the VMA at this address with its read lock held, or null for "could not": fall back. */
export const lockVmaUnderRcu: Step<[number, number], VmaPtr | null> = step("lock_vma_under_rcu", (tx, mm, address) => {
  accessMm(tx, mm);
  const entry = tx.read(vmaTree.of(mm)).find(({ start, end }) => start <= address && address < end);
  if (entry === undefined || tx.read(writeLocked.of(mm)).includes(entry.vma)) return null;
  tx.update(vmaReader.of(entry.vma, tx.task), (times) => times + 1);
  noteAcquired(tx, tx.task, { lock: vmaLockName(entry.vma), class: "vma_lock", mode: "read" });
  return { vma: entry.vma, gen: entry.gen };
});

export const vmaEndRead: Step<[VmaPtr], null> = step("vma_end_read", (tx, ptr) => {
  if (!noteReleased(tx, tx.task, vmaLockName(ptr.vma))) {
    tx.violate(LOCK_HELD, vmaName(ptr), `vma_end_read of ${vmaName(ptr)}, whose read lock it does not hold`);
    return;
  }
  tx.update(vmaReader.of(ptr.vma, tx.task), (times) => times - 1);
});

function inRange(tree: readonly TreeEntry[], start: number, end: number): TreeEntry[] {
  return tree.filter((entry) => entry.start < end && start < entry.end);
}

function store(tx: StepContext, { mm, start, end }: Vma, { vma, gen }: VmaPtr): void {
  tx.update(vmaTree.of(mm), (tree) => [...tree, { start, end, vma, gen }].sort((a, b) => a.start - b.start));
}

export const vmaSteps: readonly AnyStep[] = [
  vmAreaAlloc,
  vmAreaFree,
  vmaSetOps,
  vmFlagsMod,
  vmaLookup,
  vmaFind,
  vmaIterStore,
  vmaIterClear,
  vmaArea,
  mayDowngrade,
  splitVma,
  vmaStartWrite,
  lockVmaUnderRcu,
  vmaEndRead,
];

import { withNumber } from "../objects/ascending.ts";
import { vmaAnonVma } from "../objects/anon-vma.ts";
import { hex, pagesFrom } from "../objects/address.ts";
import { vmaLockForm, vmaSlabForm } from "../objects/config.ts";
import { areaAt, areasIn, type TreeEntry, vmaTree, writeLocked } from "../objects/mm.ts";
import { mmapLock } from "../objects/rwsem.ts";
import { anyRef, storedUnlocked } from "../objects/vma-lock.ts";
import { holds } from "../objects/task.ts";
import { vmaUffd } from "../objects/uffd.ts";
import {
  freeSlot,
  type Slab,
  type Vma,
  vmaFlags,
  vmaName,
  type VmaPtr,
  vmaSlab,
  vmaSlot,
  withRange,
  withState,
} from "../objects/vma.ts";
import { VM } from "../objects/vm-flags.ts";
import { RANGE } from "../rules/page-table.ts";
import { VMA_ATTACH } from "../rules/vma-lock.ts";
import { VMA_LIVE } from "../rules/vma-life.ts";
import type { Ref } from "../store/component.ts";
import { checkFieldWrite } from "./field-locks.ts";
import { callRcu, rcuCallback } from "./rcu.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import { rmapOf } from "./rmap.ts";
import { touchMm } from "./mm-steps.ts";
import { linkCopy } from "./rmap-link.ts";
import type { StepContext } from "./step-context.ts";
import { checkHookDone, checkHugetlbWalk, storeFlags } from "./vm-flags-checks.ts";
import { uffdOf, VM_UFFD } from "./uffd-rules.ts";
import { accessMm, accessVma, needsWriteLock } from "./vma-access.ts";

/**
 * Free slots that the allocator may leave alone. With as many it takes one of them: else a loop that allocates and frees
 * would have endlessly many states, and stale pointers to more slots than this meet nothing new.
 */
const MAX_IDLE = 4;

/** Takes a slot from a pool: a free one or a new one, whichever the allocator picks. */
export function allocateSlot(tx: StepContext, pool: Ref<Slab>): number {
  const { slots, free } = tx.read(pool);
  const first = free[0];
  if (first !== undefined && (free.length >= MAX_IDLE || tx.choose("reuse", "fresh") === "reuse")) {
    tx.write(pool, { slots, free: free.slice(1) });
    return first;
  }
  tx.write(pool, { slots: slots + 1, free });
  return slots;
}

/** vm_area_alloc: a VMA in no tree, private to its mapper. `pgoff` in pages, `flags` as in {@link VM}. */
export const vmAreaAlloc: Step<[number, number, number, number, number], VmaPtr> = step(
  "vm_area_alloc",
  (tx, mm, start, end, flags, pgoff) => {
    touchMm(tx, mm);
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

/** vm_area_free: the memory goes back to the slab, as the kernel does that. mm/vma_init.c */
export const vmAreaFree: Step<[VmaPtr], null> = step("vm_area_free", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  if (vma.state === "attached") tx.violate(VMA_ATTACH, vmaName(ptr), `frees ${vmaName(ptr)}, which is in the tree`);
  if (tx.read(vmaSlabForm) !== "call-rcu") {
    freeVma(tx, ptr.vma);
    return;
  }
  tx.write(vmaSlot.of(ptr.vma), withState(vma, "detached", null));
  callRcu(tx, "vm_area_free_rcu_cb", ptr.vma);
});

/** kmem_cache_free: by now nobody may be inside. */
function freeVma(tx: StepContext, slot: number): void {
  const { gen } = tx.read(vmaSlot.of(slot));
  if (tx.read(vmaLockForm) !== "none" && anyRef(tx, slot)) {
    const name = vmaName({ vma: slot, gen });
    tx.violate(VMA_ATTACH, name, `${name} is freed while a task has a reference or its read lock`);
  }
  tx.write(vmaSlot.of(slot), freeSlot(gen));
  tx.write(vmaFlags.of(slot), 0);
  const { slots, free } = tx.read(vmaSlab);
  tx.write(vmaSlab, { slots, free: withNumber(free, slot) });
}

rcuCallback("vm_area_free_rcu_cb", freeVma);

/** The mmap hook sets vm_ops and vm_private_data. */
export const vmaSetOps: Step<[VmaPtr, string, string], null> = step("vma_set_ops", (tx, ptr, ops, owner) => {
  const vma = accessVma(tx, ptr);
  if (vma !== undefined) tx.write(vmaSlot.of(ptr.vma), { ...vma, ops, owner });
});

/** vm_flags_mod: sets and clears flags. On a VMA in use that wants mmap_write_lock. */
export const vmFlagsMod: Step<[VmaPtr, number, number], null> = step("vm_flags_mod", (tx, ptr, set, clear) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  if (vma.state === "attached") needsWriteLock(tx, vma.mm, ptr);
  storeFlags(tx, vma, ptr, (tx.read(vmaFlags.of(ptr.vma)) | set) & ~clear);
});

/** vma_lookup: the VMA that covers this address, or null. */
export const vmaLookup: Step<[number, number], VmaPtr | null> = step("vma_lookup", (tx, mm, address) => {
  accessMm(tx, mm);
  if (holds(tx, tx.task, mmapLock(mm).name) === undefined) {
    tx.violate(VMA_LIVE, `mm:${mm}/tree`, `vma_lookup(${hex(address)}) without mmap_lock`);
  }
  const entry = areaAt(tx.read(vmaTree.of(mm)), address);
  return entry === undefined ? null : { vma: entry.vma, gen: entry.gen };
});

/** for_each_vma_range: the VMAs that meet [start, end), in order of address. */
export const vmaFind: Step<[number, number, number], readonly VmaPtr[]> = step("vma_find", (tx, mm, start, end) => {
  accessMm(tx, mm);
  return areasIn(tx.read(vmaTree.of(mm)), start, end).map(({ vma, gen }) => ({ vma, gen }));
});

/**
 * vma_iter_store: the VMA enters the tree, in place of what stood in its range, which belongs to this task then. Faults
 * find it from here on, unless it is write-locked.
 */
export const vmaIterStore: Step<[VmaPtr], null> = step("vma_iter_store", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  needsWriteLock(tx, vma.mm, ptr);
  checkHookDone(tx, vma, ptr);
  tx.write(vmaSlot.of(ptr.vma), withState(vma, "attached", null));
  store(tx, vma, ptr);
  if (tx.read(vmaLockForm) === "none" || tx.read(writeLocked.of(vma.mm)).includes(ptr.vma)) return;
  tx.write(storedUnlocked.of(vma.mm), [...tx.read(storedUnlocked.of(vma.mm)), ptr.vma]);
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
    const gone = areasIn(tree, start, end);
    tx.write(
      vmaTree.of(mm),
      tree.filter((entry) => !gone.includes(entry)),
    );
    replaced(tx, gone);
    return gone.map(({ vma, gen }) => ({ vma, gen }));
  },
);

/** What vma_area tells of a VMA. */
export type VmaArea = {
  readonly start: number;
  readonly end: number;
  readonly ops: string;
  readonly owner: string;
  readonly file: number | null;
  readonly anonVma: number | null;
  /** Where rmap finds it; null where it does not. */
  readonly rmap: { readonly inode: number | null; readonly root: number | null } | null;
  /** Present where the VMA is sealed. */
  readonly sealed?: true;
};

/** The fields of a VMA that its unmapper looks at. */
export const vmaArea: Step<[VmaPtr], VmaArea> = step("vma_area", (tx, ptr) => {
  const vma = accessVma(tx, ptr) ?? vmaSlot.initial;
  if (vma.state !== "new") checkHugetlbWalk(tx, vma, ptr);
  const { start, end, ops, owner, file, sealed } = vma;
  const { inode, root } = rmapOf(tx, vma, ptr);
  const rmap = inode === null && root === null ? null : { inode, root };
  const area = { start, end, ops, owner, file, anonVma: tx.read(vmaAnonVma.of(ptr.vma)), rmap };
  return sealed === undefined ? area : { ...area, sealed };
});

/**
 * Whether munmap may downgrade although stacks may grow under the read lock: not when the next area above, however far,
 * is VM_GROWSDOWN. mm/mmap.c of 4.20 to 6.4
 */
export const mayDowngrade: Step<[number, number], boolean> = step("can_downgrade", (tx, mm, end) => {
  accessMm(tx, mm);
  const next = tx.read(vmaTree.of(mm)).find((area) => area.start >= end);
  return next === undefined || (tx.read(vmaFlags.of(next.vma)) & VM.GROWSDOWN) === 0;
});

/** __split_vma: the part from `address` on becomes a VMA of its own. Returns the new one. */
export const splitVma: Step<[VmaPtr, number], VmaPtr> = step("__split_vma", (tx, ptr, address) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return ptr;
  needsWriteLock(tx, vma.mm, ptr);
  if (address <= vma.start || address >= vma.end) {
    tx.violate(RANGE, vmaName(ptr), `splits ${vmaName(ptr)} at ${hex(address)}, which is not inside it`);
    return ptr;
  }
  const slot = allocateSlot(tx, vmaSlab);
  const gen = tx.read(vmaSlot.of(slot)).gen + 1;
  const pgoff = vma.pgoff + pagesFrom(vma.start, address);
  const upper = withRange(vma, address, vma.end, pgoff, gen);
  checkFieldWrite(tx, vma, ptr, "vm_end");
  tx.write(vmaSlot.of(ptr.vma), withRange(vma, vma.start, address, vma.pgoff));
  tx.write(vmaSlot.of(slot), upper);
  const flags = tx.read(vmaFlags.of(ptr.vma));
  tx.write(vmaFlags.of(slot), flags);
  const uffd = (flags & VM_UFFD) === 0 ? null : uffdOf(tx, ptr);
  if (uffd !== null) tx.write(vmaUffd.of(slot), { ...uffd, gen });
  tx.write(
    vmaTree.of(vma.mm),
    tx
      .read(vmaTree.of(vma.mm))
      .map((entry) =>
        entry.vma === ptr.vma ? { start: entry.start, end: address, vma: ptr.vma, gen: entry.gen } : entry,
      ),
  );
  store(tx, upper, { vma: slot, gen });
  linkCopy(tx, { vma: slot, gen }, ptr);
  // vma_start_write of the new half, before anybody can find it: it has no readers to wait for.
  const locked = tx.read(writeLocked.of(vma.mm));
  if (locked.includes(ptr.vma)) tx.write(writeLocked.of(vma.mm), [...locked, slot]);
  return { vma: slot, gen };
});

function store(tx: StepContext, { mm, start, end }: Vma, { vma, gen }: VmaPtr): void {
  const tree = tx.read(vmaTree.of(mm));
  const old = areasIn(tree, start, end);
  replaced(tx, old);
  const rest = old.length === 0 ? tree : tree.filter((entry) => !old.includes(entry));
  let place = rest.length;
  while (place > 0 && rest[place - 1]!.start > start) place--;
  tx.write(vmaTree.of(mm), rest.toSpliced(place, 0, { start, end, vma, gen }));
}

/** These VMAs have left the tree: whoever took them out does with them what it likes. */
export function replaced(tx: StepContext, old: readonly TreeEntry[]): void {
  for (const { vma } of old) {
    tx.write(vmaSlot.of(vma), withState(tx.read(vmaSlot.of(vma)), "detached", tx.task));
  }
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
];

import { withNumber } from "../objects/ascending.ts";
import { anonVma, anonVmaChain, anonVmaLock, vmaAnonVma } from "../objects/anon-vma.ts";
import { hex, PAGE_SIZE, pagesFrom, TABLE_SPAN } from "../objects/address.ts";
import { vmaLockForm } from "../objects/config.ts";
import { areaAt, pageTables, vmaTree, writeLocked } from "../objects/mm.ts";
import { pfnMaps, presentPte, type Pte, pteAt } from "../objects/page.ts";
import { VM } from "../objects/vm-flags.ts";
import { vmaFlags, vmaName, type VmaPtr, vmaSlab, vmaSlot, withRange, withState } from "../objects/vma.ts";
import { PTE_LOCK, RANGE } from "../rules/page-table.ts";
import { PGT_FREE } from "../rules/table-free.ts";
import { iMmap, iMmapLock } from "../objects/file.ts";
import { holds } from "../objects/task.ts";
import { rmapOf, sameVma } from "./rmap.ts";
import { moveRef } from "./page-refs.ts";
import { dropPfnMap, needsPtl, pteHolder } from "./pte-steps.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { VM_UFFD } from "./uffd-rules.ts";
import { accessMm, accessVma, needsWriteLock } from "./vma-access.ts";
import { allocateSlot } from "./vma-steps.ts";

/**
 * vm_area_dup and vma_set_range of copy_vma: a new VMA, in no tree, that maps at `to` what `ptr` maps from `from` on:
 * the same driver, the same file, the offset that belongs to the place. mm/vma.c
 */
export const copyVma: Step<[VmaPtr, number, number, number], VmaPtr> = step("copy_vma", (tx, ptr, from, to, length) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return ptr;
  const slot = allocateSlot(tx, vmaSlab);
  const gen = tx.read(vmaSlot.of(slot)).gen + 1;
  const anon = tx.read(vmaAnonVma.of(ptr.vma));
  // What was never faulted in is as if it had been mapped there.
  const fresh =
    vma.ops === "" && vma.file === null && anon === null && (tx.read(vmaFlags.of(ptr.vma)) & VM.SHARED) === 0;
  const pgoff = fresh ? to / PAGE_SIZE : vma.pgoff + pagesFrom(vma.start, from);
  const copy = withState(withRange(vma, to, to + length, pgoff, gen), "new", tx.task);
  tx.write(vmaSlot.of(slot), copy);
  tx.write(vmaFlags.of(slot), tx.read(vmaFlags.of(ptr.vma)) & ~VM_UFFD);
  if (anon !== null) tx.write(vmaAnonVma.of(slot), anon);
  return { vma: slot, gen };
});

/** Whether nothing is mapped in [start, end): room for a VMA to grow into. mm/mremap.c, vma_expandable() */
export const vmaExpandable: Step<[number, number, number], boolean> = step("vma_expandable", (tx, mm, start, end) => {
  accessMm(tx, mm);
  return !tx.read(vmaTree.of(mm)).some((area) => area.start < end && start < area.end);
});

/**
 * move_ptes: the entries of `length` bytes from `from`, which one page table maps, go to `to`, which one maps too,
 * under both locks. Whether any of them was present, so that a TLB may have it. mm/mremap.c
 */
export const movePtes: Step<[number, number, number, number], boolean> = step(
  "move_ptes",
  (tx, mm, from, to, length) => {
    if (length <= 0 || length > TABLE_SPAN) {
      tx.violate(RANGE, hex(from), `move of ${length} bytes in one page table`);
      return false;
    }
    mayMove(tx, mm, from, to);
    needsPtl(tx, mm, from);
    needsPtl(tx, mm, to);
    let present = false;
    for (let at = 0; at < length; at += PAGE_SIZE) present = movePte(tx, mm, from + at, to + at) || present;
    return present;
  },
);

/**
 * move_normal_pmd, under the PMD's lock: a whole page table goes to another place, where none stands; false when one
 * does. Its caller saw the table before it had the lock: `rechecks`, or what it moves may be none. mm/mremap.c
 */
export const moveNormalPmd: Step<[number, number, number, boolean], boolean> = step(
  "move_normal_pmd",
  (tx, mm, from, to, rechecks) => {
    if (from % TABLE_SPAN !== 0 || to % TABLE_SPAN !== 0) {
      tx.violate(
        RANGE,
        hex(from),
        `moves a page table from ${hex(from)} to ${hex(to)}, of which one does not begin there`,
      );
      return false;
    }
    const tables = tx.read(pageTables.of(mm));
    const [old, next] = [from / TABLE_SPAN, to / TABLE_SPAN];
    mayMove(tx, mm, from, to);
    if (tables.includes(next)) return false;
    if (!tables.includes(old)) {
      if (!rechecks)
        tx.violate(PGT_FREE, `table:${mm}:${old}`, `moves the page table of ${hex(from)}, which was taken away`);
      return false;
    }
    for (let at = 0; at < TABLE_SPAN; at += PAGE_SIZE) movePte(tx, mm, from + at, to + at);
    tx.write(
      pageTables.of(mm),
      withNumber(
        tables.filter((table) => table !== old),
        next,
      ),
    );
    return true;
  },
);

/**
 * Faults must neither see the old place half empty nor fill it: mmap_lock and the VMA's lock, both for writing. Nor must
 * a walk by rmap meet the new place before the old one, or else its lock is needed as well (need_rmap_locks).
 */
function mayMove(tx: StepContext, mm: number, from: number, to: number): void {
  needsWriteLock(tx, mm, `mm:${mm}/tables`);
  const areas = tx.read(vmaTree.of(mm));
  const area = areaAt(areas, from);
  const target = areaAt(areas, to);
  if (area !== undefined && target !== undefined && area !== target && missesInRmap(tx, area, target)) {
    tx.violate(
      PTE_LOCK,
      `pte:${mm}:${hex(from)}`,
      `${tx.op} to where rmap walks have been already, without their lock`,
    );
  }
  if (area === undefined || tx.read(vmaLockForm) === "none" || tx.read(writeLocked.of(mm)).includes(area.vma)) return;
  tx.violate(PTE_LOCK, `pte:${mm}:${hex(from)}`, `${tx.op} from ${vmaName(area)}, in which faults may run`);
}

/** Whether a walk that meets `to` before `from` may be under way: it is, unless its lock is held for writing. */
function missesInRmap(tx: StepContext, from: VmaPtr, to: VmaPtr): boolean {
  const before = (walk: readonly VmaPtr[]): boolean => {
    const place = walk.findIndex((one) => sameVma(one, to));
    return place >= 0 && place < walk.findIndex((one) => sameVma(one, from));
  };
  const held = (name: string): boolean => holds(tx, tx.task, `rwsem:${name}`)?.mode === "write";
  const { inode, root } = rmapOf(tx, tx.read(vmaSlot.of(from.vma)), from);
  if (inode !== null && !held(iMmapLock(inode)) && before(tx.read(iMmap.of(inode)))) return true;
  if (root === null || held(anonVmaLock(root))) return false;
  return tx.read(anonVmaChain.of(from.vma)).some((slot) => before(tx.read(anonVma.of(slot)).vmas));
}

function movePte(tx: StepContext, mm: number, from: number, to: number): boolean {
  const entry: Pte = tx.read(pteAt(mm, from));
  if (entry === null) return false;
  tx.write(pteAt(mm, from), null);
  tx.write(pteAt(mm, to), entry);
  const present = presentPte(entry);
  if (present === null) return false;
  const page = { page: present.page, gen: present.gen };
  if (present.special === true) {
    dropPfnMap(tx, page, mm, from);
    tx.update(pfnMaps.of(page.page), (names) => [...names, pteHolder(mm, to)].sort());
  } else {
    moveRef(tx, page, pteHolder(mm, from), pteHolder(mm, to));
  }
  return true;
}

export const mremapSteps: readonly AnyStep[] = [copyVma, vmaExpandable, movePtes, moveNormalPmd];

import { hex, PAGE_SIZE, TABLE_SPAN } from "../objects/address.ts";
import { pageTables, vmaTree } from "../objects/mm.ts";
import { pteAt } from "../objects/page.ts";
import { mmapLock } from "../objects/rwsem.ts";
import { holds } from "../objects/task.ts";
import { vmaName, type VmaPtr, vmaSlot } from "../objects/vma.ts";
import { PTE_COVERED } from "../rules/page-table.ts";
import { PGT_FREE } from "../rules/table-free.ts";
import { rmapOf } from "./rmap.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { walksEnd } from "./table-walk.ts";

/** A VMA that rmap can find: by its inode, by its anon_vmas with this root. */
export type Linked = VmaPtr & { readonly inode: number | null; readonly root: number | null };

/**
 * free_pgtables: the page tables of the range go, where no VMA needs them any more. Where rmap can still find some of
 * the VMAs nothing happens yet: those are returned, to be unlinked first; {@link freePgdRange} frees then.
 */
export const freePgtablesBegin: Step<[number, number, number, readonly VmaPtr[]], readonly Linked[]> = step(
  "free_pgtables",
  (tx, mm, start, end, vmas) => {
    const linked = stillLinked(tx, vmas);
    if (linked.length === 0) freeTables(tx, mm, start, end);
    return linked;
  },
);

/** free_pgd_range, the second half of free_pgtables: no PTL, for nobody can get there any more. mm/memory.c */
export const freePgdRange: Step<[number, number, number, readonly VmaPtr[]], null> = step(
  "free_pgd_range",
  (tx, mm, start, end, vmas) => {
    for (const vma of stillLinked(tx, vmas)) {
      const name = vmaName(vma);
      tx.violate(PGT_FREE, name, `frees the page tables of ${name}, where rmap still finds it`);
    }
    freeTables(tx, mm, start, end);
  },
);

function stillLinked(tx: StepContext, vmas: readonly VmaPtr[]): Linked[] {
  const linked: Linked[] = [];
  for (const { vma, gen } of vmas) {
    const { inode, root } = rmapOf(tx, tx.read(vmaSlot.of(vma)), { vma, gen });
    if (inode !== null || root !== null) linked.push({ vma, gen, inode, root });
  }
  return linked;
}

function freeTables(tx: StepContext, mm: number, start: number, end: number): void {
  if (holds(tx, tx.task, mmapLock(mm).name) === undefined) {
    tx.violate(PGT_FREE, `mm:${mm}/tables`, `${tx.op} of mm:${mm} without mmap_lock`);
  }
  const tables = tx.read(pageTables.of(mm));
  const areas = tx.read(vmaTree.of(mm));
  const gone = tables.filter((table) => {
    const [from, to] = [table * TABLE_SPAN, (table + 1) * TABLE_SPAN];
    return from < end && start < to && !areas.some((area) => area.start < to && from < area.end);
  });
  if (gone.length === 0) return;
  for (const table of gone) {
    const from = Math.max(start, table * TABLE_SPAN);
    const to = Math.min(end, (table + 1) * TABLE_SPAN);
    for (let address = from; address < to; address += PAGE_SIZE) {
      if (tx.read(pteAt(mm, address)) === null) continue;
      tx.violate(PTE_COVERED, `pte:${mm}:${hex(address)}`, `its page table is freed while it maps a page`);
    }
    walksEnd(tx, mm, table);
  }
  tx.write(
    pageTables.of(mm),
    tables.filter((table) => !gone.includes(table)),
  );
}

/**
 * Takes one table out of the tree of tables by clearing the PMD that points to it: from now on lookups find none, and
 * who had found it before must look again. Its memory is freed after RCU.
 */
export function clearPmd(tx: StepContext, mm: number, table: number): void {
  for (let address = table * TABLE_SPAN; address < (table + 1) * TABLE_SPAN; address += PAGE_SIZE) {
    if (tx.read(pteAt(mm, address)) === null) continue;
    tx.violate(PGT_FREE, `pte:${mm}:${hex(address)}`, `its page table is freed while the entry is not empty`);
  }
  tx.write(
    pageTables.of(mm),
    tx.read(pageTables.of(mm)).filter((one) => one !== table),
  );
  walksEnd(tx, mm, table);
}

export const tableFreeSteps: readonly AnyStep[] = [freePgtablesBegin, freePgdRange];

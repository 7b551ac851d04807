import { pageTables } from "../objects/mm.ts";
import { PGT_FREE } from "../rules/table-free.ts";
import { acquire, release } from "./lock-steps.ts";
import { ptlName, tableOf } from "./pte-steps.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import { tableWalk } from "./table-walk.ts";

// pte_offset_map_lock in its parts, for walkers that may meet khugepaged: everybody else calls the whole.

/**
 * pte_offset_map: finds the page table of this address. Whether there is one. `rcu`: within rcu_read_lock, so that its
 * memory stays; before 6.5 nothing of the kind. mm/pgtable-generic.c, __pte_offset_map()
 */
export const pteOffsetMap: Step<[number, number, boolean], boolean> = step("pte_offset_map", (tx, mm, address, rcu) => {
  const table = tableOf(address);
  if (!tx.read(pageTables.of(mm)).includes(table)) return false;
  tx.write(tableWalk.of(tx.task), { mm, table, rcu, stale: false });
  return true;
});

/** spin_lock(ptl) of the table found: its lock lies in the table's own memory. */
export const pteLockFound: Step<[number, number], null> = step("pte_lock", (tx, mm, address) => {
  const walk = tx.read(tableWalk.of(tx.task));
  if (walk?.stale === true && !walk.rcu) {
    tx.violate(PGT_FREE, `table:${mm}:${walk.table}`, `takes the lock of a page table that was freed`);
  }
  return acquire(tx, ptlName(mm, address), "spin");
});

/** pmd_same after the lock was taken: whether the table is still the one in use. mm/pgtable-generic.c */
export const pmdSame: Step<[], boolean> = step("pmd_same", (tx) => tx.read(tableWalk.of(tx.task))?.stale === false);

/** pte_unmap_unlock, the end of such a walk. */
export const pteUnmapUnlockFound: Step<[number, number], null> = step("pte_unmap_unlock_found", (tx, mm, address) => {
  tx.write(tableWalk.of(tx.task), null);
  release(tx, ptlName(mm, address));
});

export const tableWalkSteps: readonly AnyStep[] = [pteOffsetMap, pteLockFound, pmdSame, pteUnmapUnlockFound];

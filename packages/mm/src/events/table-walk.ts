import { countTasks } from "../objects/task.ts";
import { component, type Kind } from "../store/component.ts";
import { PGT_FREE } from "../rules/table-free.ts";
import type { StepContext } from "./step-context.ts";

/** The page table that a task has found and has not locked yet. */
export const tableWalk: Kind<TableWalk | null> = component<TableWalk | null>("task:#/walk", null, { ids: [0] });
export type TableWalk = {
  readonly mm: number;
  readonly table: number;
  /** Whether RCU keeps the table's memory while the walk lasts. */
  readonly rcu: boolean;
  /** Whether the table was taken out of the tree of tables since. */
  readonly stale: boolean;
};

/** The table is freed: whoever walks it without RCU walks freed memory, everybody else a table that is no longer used. */
export function walksEnd(tx: StepContext, mm: number, table: number): void {
  const tasks = countTasks(tx);
  for (let task = 0; task < tasks; task++) {
    const walk = tx.read(tableWalk.of(task));
    if (walk?.mm !== mm || walk.table !== table || walk.stale) continue;
    if (!walk.rcu && task !== tx.task) {
      tx.violate(PGT_FREE, `table:${mm}:${table}`, `${tx.op} frees a page table that task ${task} walks outside RCU`);
    }
    tx.write(tableWalk.of(task), { ...walk, stale: true });
  }
}

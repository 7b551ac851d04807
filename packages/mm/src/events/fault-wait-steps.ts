import { hex } from "../objects/address.ts";
import { lockOwner } from "../objects/lock.ts";
import { folioLock, type PagePtr, pteAt } from "../objects/page.ts";
import { beforeSleep } from "./lock-rules.ts";
import { pageIsLive } from "./page-refs.ts";
import { type AnyStep, BLOCKED, type Step, step } from "./step.ts";
import { accessMm } from "./vma-access.ts";

/**
 * migration_entry_wait: sleeps until the page that is on the move has arrived, or is not on the move any more. The
 * fault keeps its lock meanwhile. mm/migrate.c, softleaf_entry_wait_on_locked()
 */
export const migrationEntryWait: Step<[number, number], null> = step("migration_entry_wait", (tx, mm, address) => {
  accessMm(tx, mm);
  beforeSleep(tx, `pte:${mm}:${hex(address)}`);
  const entry = tx.read(pteAt(mm, address));
  if (entry === null || !("kind" in entry) || entry.kind !== "migration") return;
  return tx.read(lockOwner.of(folioLock(entry))) === null ? undefined : BLOCKED;
});

/** folio_wait_locked: sleeps until nobody has the folio locked. mm/filemap.c */
export const folioWaitLocked: Step<[PagePtr], null> = step("folio_wait_locked", (tx, page) => {
  beforeSleep(tx, folioLock(page));
  if (!pageIsLive(tx, page)) return;
  return tx.read(lockOwner.of(folioLock(page))) === null ? undefined : BLOCKED;
});

export const faultWaitSteps: readonly AnyStep[] = [migrationEntryWait, folioWaitLocked];

import { type Held, heldBy, inReclaim } from "../objects/task.ts";
import { ATOMIC_SLEEP, LOCK_ORDER, NO_BLOCK_UNDER_VR, RECLAIM_TRY } from "../rules/lock-discipline.ts";
import { documentedOutside } from "../rules/lock-order.ts";
import type { StepContext } from "./step-context.ts";

/** What must hold when a task is about to take a lock that it may have to wait for. */
export function beforeBlockingAcquire(tx: StepContext, lock: { name: string; class: string }, sleeps: boolean): void {
  const held = tx.read(heldBy.of(tx.task));
  if (sleeps) {
    mayNotSleepUnder(tx, held, lock.name);
    if (tx.read(inReclaim.of(tx.task))) {
      tx.violate(RECLAIM_TRY, lock.name, `${tx.op} may wait for ${lock.name} in reclaim`);
    }
  }
  if (held.length === 0) return;
  if (lock.class === "mmap_lock") checkMmapLock(tx, held, lock.name);
  for (const one of held) if (one.mode !== "rcu") tx.acquires(one.class, lock.class);
  checkSameClass(tx, held, lock);
  const outOfOrder = held.find((one) => documentedOutside(lock.class, one.class) && !faultTakes(lock.class, one));
  if (outOfOrder !== undefined) {
    tx.violate(
      LOCK_ORDER,
      lock.name,
      `takes ${lock.class} under ${outOfOrder.class}, which the documented order puts inside it`,
    );
  }
}

/**
 * The order names vma_start_write, for which readers are waited. A reader has its lock by a try, before everything else
 * of its fault, as it would have mmap_lock: under it the fault takes the locks of the page cache. mm/filemap.c
 */
function faultTakes(wanted: string, held: Held): boolean {
  return held.class === "vma_lock" && held.mode === "read" && PAGE_CACHE.includes(wanted);
}
const PAGE_CACHE: readonly string[] = ["invalidate_lock", "folio_lock"];

/** What must hold when a task is about to do something that may sleep. */
export function beforeSleep(tx: StepContext, what: string): void {
  mayNotSleepUnder(tx, tx.read(heldBy.of(tx.task)), what);
}

function mayNotSleepUnder(tx: StepContext, held: readonly Held[], what: string): void {
  const atomic = held.find((one) => one.mode === "spin" || one.mode === "rcu");
  if (atomic !== undefined) tx.violate(ATOMIC_SLEEP, what, `${tx.op} may sleep while ${atomic.lock} is held`);
}

/**
 * Two locks of one class, which lockdep takes for one: never the same again, no second mmap_lock that is not nested (fork),
 * and a second page-table lock only where mmap_lock for writing keeps others away (mremap, fork) or both are taken in the
 * order of their addresses (UFFDIO_MOVE). mm/rmap.c; mm/mremap.c, move_ptes(); mm/userfaultfd.c, double_pt_lock()
 */
function checkSameClass(tx: StepContext, held: readonly Held[], lock: { name: string; class: string }): void {
  const again = held.some((one) => one.lock === lock.name);
  if (again && lock.class !== "mmap_lock") {
    tx.violate(LOCK_ORDER, lock.name, `takes ${lock.name} again, which it holds: it waits for itself`);
  }
  const other = held.find((one) => one.class === lock.class && one.lock !== lock.name);
  if (other === undefined || !(lock.class === "mmap_lock" || lock.class === "ptl")) return;
  if (lock.class === "ptl" && (held.some(isMmapWrite) || comesAfter(lock.name, other.lock))) return;
  tx.violate(
    LOCK_ORDER,
    lock.name,
    `takes ${lock.name} under ${other.lock}, of the same class: another may do the reverse`,
  );
}

function isMmapWrite({ class: one, mode }: Held): boolean {
  return one === "mmap_lock" && mode === "write";
}

/** Whether the table of the first page-table lock, `lock:ptl.<mm>.<table>`, lies behind that of the second. */
function comesAfter(name: string, other: string): boolean {
  const [mm = 0, table = 0] = name.split(".").slice(1).map(Number);
  const [mm2 = 0, table2 = 0] = other.split(".").slice(1).map(Number);
  return mm > mm2 || (mm === mm2 && table > table2);
}

function checkMmapLock(tx: StepContext, held: readonly Held[], lock: string): void {
  const vmaLock = held.find((one) => one.class === "vma_lock" && one.mode === "read");
  if (vmaLock !== undefined) {
    tx.violate(
      NO_BLOCK_UNDER_VR,
      lock,
      `may wait for ${lock} while it holds ${vmaLock.lock}: a writer that holds the one waits for the other`,
    );
  }
  if (held.some((one) => one.lock === lock)) {
    tx.violate(NO_BLOCK_UNDER_VR, lock, `takes ${lock} again: behind a waiting writer it waits for itself`);
  }
}

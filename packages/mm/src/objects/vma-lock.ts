import { component, type Kind } from "../store/component.ts";
import { TASK_OR_NULL, TASK_SET } from "../store/task-names.ts";
import type { Reader } from "../store/transaction.ts";
import { countTasks } from "./task.ts";

// vm_refcnt of linux 6.15 in slots: 1 for being attached (the VMA's state), one slot per reader, and the flag that a
// writer adds. The rwsem of 6.4 to 6.14 in the same slots: readers, and the writer that waits for them or is inside.

/** References on vm_refcnt, or read holds of vm_lock, by task; some of them only for a moment, to be given up again. */
export const vmaRef: Kind<number> = component("vma:#/ref:#", 0, { ids: [1] });

/** VM_REFCNT_EXCLUDE_READERS_FLAG, or the rwsem's writer: the task that keeps new readers out, waiting or inside. */
export const vmaExclude: Kind<number | null> = component("vma:#/exclude", null, TASK_OR_NULL);

/**
 * Name of the wait queue on which the mm's writer, of whom there is one, sleeps until a VMA's readers have left:
 * mm->vma_writer_wait, a struct rcuwait.
 */
export function vmaWriterWait(mm: number): string {
  return `vma_writer_wait${mm}`;
}

/** VMAs that were put into the tree without being write-locked, while their mapper still holds mmap_write_lock. */
export const storedUnlocked: Kind<readonly number[]> = component("mm:#/vma_stored_unlocked", []);

/**
 * Tasks that look at VMAs in the hope that nobody takes mmap_lock for writing meanwhile: those whose note of mm_lock_seq
 * is still what it is. A sequence number without the number.
 */
export const speculators: Kind<readonly number[]> = component("mm:#/speculators", [], TASK_SET);

/** Whether any task has a reference; stops at the first. */
export function anyRef(tx: Reader, vma: number): boolean {
  const tasks = countTasks(tx);
  for (let task = 0; task < tasks; task++) if (tx.read(vmaRef.of(vma, task)) > 0) return true;
  return false;
}

import { component, type Kind, type Ref } from "../store/component.ts";
import { TASK_OR_NULL } from "../store/task-names.ts";
import type { Reader } from "../store/transaction.ts";
import { task, countTasks } from "./task.ts";

/** How many mm_structs there ever were. */
export const mmCount: Ref<number> = component("mms", 0).of();

/** The life of an mm_struct: in use, being torn down by exit_mmap, torn down, or its memory given back. */
export const mmLife: Kind<"none" | "live" | "exiting" | "dead" | "freed"> = component<
  "none" | "live" | "exiting" | "dead" | "freed"
>("mm:#", "none");

/**
 * mm_users, one slot per holder: a task's number, or `proc` for the process that lives in it. The sum is the kernel's
 * count; slots let a get and a put of different holders commute.
 */
export const mmUsers: Kind<number> = component("mm:#/users:#", 0, { ids: [1] });

/** mm_count, one slot per holder; all of mm_users together hold one, in the slot `users`. */
export const mmRefs: Kind<number> = component("mm:#/count:#", 0, { ids: [1] });

/** The VMAs of an address space by address, as a lookup sees them. */
export const vmaTree: Kind<readonly TreeEntry[]> = component("mm:#/tree", []);
export type TreeEntry = {
  readonly start: number;
  /** First byte after the area. */
  readonly end: number;
  readonly vma: number;
  readonly gen: number;
};

/** The area that covers this address. */
export function areaAt(tree: readonly TreeEntry[], address: number): TreeEntry | undefined {
  const { length } = tree;
  for (let i = 0; i < length; i++) {
    const area = tree[i]!;
    if (area.start <= address && address < area.end) return area;
  }
  return undefined;
}

/** The areas that meet [start, end), in order of address. */
export function areasIn(tree: readonly TreeEntry[], start: number, end: number): TreeEntry[] {
  const found: TreeEntry[] = [];
  const { length } = tree;
  for (let i = 0; i < length; i++) {
    const area = tree[i]!;
    if (area.start < end && start < area.end) found.push(area);
  }
  return found;
}

/** VMAs write-locked in the present critical section: those whose vm_lock_seq equals mm_lock_seq. */
export const writeLocked: Kind<readonly number[]> = component("mm:#/vma_write_locked", []);

/** Page tables of the lowest level that exist, by address divided by what one maps. */
export const pageTables: Kind<readonly number[]> = component("mm:#/tables", []);

/** Holders that are no tasks: the process, all users together, drivers that keep the struct. */
export const namedHolders: Kind<readonly string[]> = component("mm:#/holders", ["proc", "users"]);

/** Whether anybody holds a reference in these slots; stops at the first. */
export function anyReference(tx: Reader, kind: Kind<number>, mm: number): boolean {
  for (const holder of tx.read(namedHolders.of(mm))) if (tx.read(kind.of(mm, holder)) > 0) return true;
  const tasks = countTasks(tx);
  for (let holder = 0; holder < tasks; holder++) if (tx.read(kind.of(mm, holder)) > 0) return true;
  return false;
}

/** The task that tears the address space down, from the last mmput on: exit_mmap is its own, without references. */
export const mmExiter: Kind<number | null> = component("mm:#/exiter", null, TASK_OR_NULL);

/** The task that dumps core and takes itself to be alone with the address space, whose VMAs it reads without a lock. */
export const mmDumper: Kind<number | null> = component("mm:#/dumper", null, TASK_OR_NULL);

/** Whether this task may rely on the address space: it lives in it, holds a reference on it, or tears it down. */
export function hasAddressSpace(tx: Reader, taskId: number, mm: number): boolean {
  if (tx.read(task.of(taskId)).mm === mm || tx.read(mmUsers.of(mm, taskId)) > 0) return true;
  return tx.read(mmExiter.of(mm)) === taskId;
}

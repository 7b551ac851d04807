import { PAGE_SIZE } from "@faultline/mm";
import { isFromUser, type TraceLine } from "../line/trace-event.ts";
import type { SyscallName } from "../line/syscall-lines.ts";

/** What the lines of a system call show, as far as the trace has been read ahead. */
export interface CallEvidence {
  /** What it returns; undefined where its end is not in sight. */
  readonly result: number | undefined;
  /** What it stores in the tree. */
  readonly stores: readonly { readonly start: number; readonly end: number }[];
  /** Whether it turns its write lock into a read lock. */
  readonly downgrades: boolean;
  /** How often it takes mmap_lock. */
  readonly locks: number;
}

/** Looks ahead from the line at which a task enters a system call to the one at which it returns. */
export function evidenceOf(entry: TraceLine, name: SyscallName): CallEvidence {
  const stores: { start: number; end: number }[] = [];
  let locks = 0;
  let held = false;
  let downgrades = false;
  let result: number | undefined;
  for (let line = entry.nextOfTask; line !== undefined; line = line.nextOfTask) {
    const { event } = line;
    if (event.kind === "sys_exit") {
      if (event.name === name) result = event.result;
      break;
    }
    if (event.kind !== "kernel_fault" && isFromUser(event)) break;
    // munmap collects what it takes out in a tree of its own, by numbers.
    if (event.kind === "store" && event.end % PAGE_SIZE === 0) stores.push({ start: event.start, end: event.end });
    if (event.kind === "lock_start") locks++;
    if (event.kind === "lock_got" && event.success) {
      if (held && !event.write) downgrades = true;
      held = event.write;
    }
  }
  return { result, stores, downgrades, locks };
}

/** Whether its lines show that it has changed the memory map. */
export function changes({ stores, downgrades }: CallEvidence): boolean {
  return stores.length > 0 || downgrades;
}

import type { Steps } from "@faultline/mm";
import { Coroutine } from "./coroutine.ts";

const NONE: ReadonlySet<string> = new Set();
const LOCKS: ReadonlySet<string> = new Set(["mmap_write_lock", "mmap_write_unlock"]);

/**
 * What a system call returns whatever the memory map is, as its registers alone decide: it takes no step, or the lock and
 * lets go of it. undefined for one that looks at anything.
 */
export function refusalOf(steps: Steps<number>): number | undefined {
  const run = new Coroutine(steps, NONE);
  // The lock is had at once.
  while (run.pending?.kind === "step" && LOCKS.has(run.pending.op)) run.resume(true);
  return run.pending === undefined ? (run.result as number) : undefined;
}

import type { Script } from "./script.ts";

/** Why a procedure stands still before a step. */
export type Hold =
  /** Not at all: the trace does not show the step, and it happens at once. */
  | "none"
  /** A lock line shows it; see the lock history. */
  | "mmap_lock"
  /** Some other line shows it. */
  | "line"
  /** A line after it tells how it went. */
  | "trylock"
  /** It happens between two lines of the task: late, unless somebody needs it early. */
  | "unlock"
  /** It is one of a paced procedure: late, when a line of the task shows that it has happened. */
  | "pace"
  /** It happens between two lines of the task: late, so that whoever needs the lock briefly gets it before. */
  | "lock";

const MMAP_LOCK: ReadonlySet<string> = new Set([
  "mmap_read_lock",
  "mmap_read_lock_slowpath",
  "mmap_read_trylock",
  "mmap_read_unlock",
  "mmap_write_lock",
  "mmap_write_lock_slowpath",
  "mmap_write_trylock",
  "mmap_write_unlock",
  "mmap_write_downgrade",
]);

const SHOWN: ReadonlySet<string> = new Set([
  "list_lru_add",
  "list_lru_del",
  "vm_insert_page",
  "zap_page_range_single",
  "mmput_async",
  "binder_vma_close",
  "shrink_slab_end",
]);

/** Why a script stands still before its pending step. */
export function holdOf(script: Script): Hold {
  const pending = script.coroutine.pending;
  if (pending === undefined) return "none";
  if (pending.kind === "returned") return "line";
  const { op, args } = pending;
  if (MMAP_LOCK.has(op)) return "mmap_lock";
  if (script.paced) return script.going ? "none" : "pace";
  if (SHOWN.has(op)) return "line";
  if (op === "alloc_page") return script.kind === "install" ? "line" : "none";
  if (op === "vma_iter_store" || op === "commit_merge") return script.kind === "mmap" ? "line" : "none";
  if (op === "spin_lock" && args[0] === "binder_lru") return "lock";
  if (typeof args[0] !== "string" || !args[0].startsWith("alloc")) return "none";
  if (op === "mutex_trylock" || op === "spin_trylock") return "trylock";
  return op === "mutex_unlock" || op === "spin_unlock" ? "unlock" : "none";
}

import type { SyscallName } from "./syscall-lines.ts";

/** What an ftrace line says, as far as the importer understands it. Numbers are plain; pointers stay as they are spelt. */
export type TraceEvent =
  | {
      readonly kind: "lock_start";
      readonly mm: string;
      readonly write: boolean;
      /** The event names the memory cgroup by its number, not by its path. */
      readonly memcgId: boolean;
    }
  | { readonly kind: "lock_got"; readonly mm: string; readonly write: boolean; readonly success: boolean }
  | { readonly kind: "lock_released"; readonly mm: string; readonly write: boolean }
  | { readonly kind: "fault"; readonly address: number; readonly write: boolean }
  | { readonly kind: "kernel_fault"; readonly address: number; readonly write: boolean }
  | { readonly kind: "signal"; readonly signal: number; readonly code: number }
  | {
      readonly kind: "store";
      readonly start: number;
      readonly end: number;
      readonly erase: boolean;
      /** The VMA that is stored; zeroes for none. */
      readonly vma: string;
    }
  | { readonly kind: "vma_alloc" | "vma_free"; readonly vma: string }
  | {
      readonly kind: "rss";
      /** Names the mm, in the low half of its hashed pointer. */
      readonly mm: number;
      /** Whether it is that of the task that writes the line. */
      readonly current: boolean;
      readonly type: RssType;
      /** Bytes. */
      readonly size: number;
    }
  | {
      readonly kind: "sys_enter";
      readonly name: SyscallName;
      readonly args: readonly number[];
      /** The arguments exactly, where one is beyond 2^53 and comes rounded in `args`. */
      readonly exact?: readonly bigint[];
    }
  | { readonly kind: "sys_exit"; readonly name: SyscallName; readonly result: number }
  | { readonly kind: "update_range"; readonly proc: number; readonly allocate: boolean; readonly range: PageRange }
  | { readonly kind: BinderPageKind; readonly proc: number; readonly index: number }
  | { readonly kind: "insert_page"; readonly vma: string; readonly address: number }
  | { readonly kind: "insert_page_ret"; readonly result: number }
  | { readonly kind: "zap"; readonly vma: string; readonly address: number; readonly size: number }
  | { readonly kind: "free_page_ret"; readonly status: number }
  | { readonly kind: "vma_close"; readonly vma: string }
  | { readonly kind: "mmput_async"; readonly mm: string }
  | { readonly kind: "mmdrop"; readonly mm: string }
  | { readonly kind: "shrink_start"; readonly items: number; readonly scan: number }
  | { readonly kind: "shrink_end"; readonly freed: number }
  | { readonly kind: "exit_mmap"; readonly mm: string }
  | { readonly kind: "newtask"; readonly pid: number; readonly comm: string; readonly sharesMm: boolean }
  | { readonly kind: "exit"; readonly pid: number }
  /** The task goes on in a new address space. */
  | { readonly kind: "exec"; readonly pid: number }
  | { readonly kind: "pages"; readonly label: string; readonly pages: PageBitmap }
  | { readonly kind: "maps"; readonly label: string; readonly area: MapsLine }
  | { readonly kind: "phase"; readonly name: string }
  | { readonly kind: "mark" }
  | { readonly kind: "ignored"; readonly name: string };

/** What the binder driver says of one page of a buffer. */
export type BinderPageKind =
  "page_start" | "alloc_lru_start" | "free_lru_start" | "unmap_user_start" | "unmap_user_end";

export type PageRange = { readonly first: number; readonly count: number };

/** What a page is counted as. include/linux/mm_types_task.h */
export type RssType = "file" | "anon" | "shmem" | "swap";

/** `PAGES server pid=158 base=0x… n=32 present=0x…`: which pages of a range pagemap says are there. */
export type PageBitmap = {
  readonly pid: number;
  readonly base: number;
  readonly count: number;
  readonly present: bigint;
};

/** `MAPS server 158 …`: a line of /proc/pid/maps. */
export type MapsLine = {
  readonly pid: number;
  readonly start: number;
  readonly end: number;
  readonly permissions: string;
};

/** A line of the trace, linked to what comes after it as far as the trace has been read ahead. */
export interface TraceLine {
  /** Counted from 1. */
  readonly number: number;
  readonly comm: string;
  readonly pid: number;
  /** Thread group, where the trace was recorded with it. */
  readonly tgid: number | undefined;
  /** Microseconds, or ticks of an integer clock. */
  readonly time: number;
  readonly event: TraceEvent;
  /** The next line of the same task. */
  nextOfTask?: TraceLine;
  /** For lock lines: the next lock line of the same mm. */
  nextOfLock?: TraceLine;
  /** The next line of any task. */
  next?: TraceLine;
}

/** Ignored lines that are written in a task's name wherever it is: in an interrupt, or while it waits for a lock. */
const ANYWHERE: ReadonlySet<string> = new Set(["sched_switch", "contention_begin", "contention_end", "tlb_flush"]);

/**
 * Lines that the scheduler writes in a task's name, wherever it slept, and what waits for locks and flushes TLBs. They
 * say nothing of how far the task has come. kernel/sched/core.c, finish_task_switch()
 */
export function isSchedulers(event: TraceEvent): boolean {
  return event.kind === "mmdrop" || (event.kind === "ignored" && ANYWHERE.has(event.name));
}

/** Lines that can only be written by a task that was in user mode just before, or on its way out. */
export function isFromUser(event: TraceEvent): boolean {
  switch (event.kind) {
    case "fault":
    case "sys_enter":
    case "signal":
    case "newtask":
    case "exit":
    case "pages":
    case "maps":
    case "phase":
    case "mark":
      return true;
    default:
      return false;
  }
}

/** Ignored lines that are written in the middle of a step: a procedure has not come further by them. */
const INSIDE: ReadonlySet<string> = new Set([
  "binder_alloc_lru_end",
  "binder_alloc_page_end",
  "binder_free_lru_end",
  "binder_unmap_kernel_start",
  "binder_unmap_kernel_end",
  "free_page",
  "zap_range_ret",
  "zap_single_ret",
  "lock_rcu",
  "lock_rcu_ret",
]);

export function isInside(event: TraceEvent): boolean {
  return event.kind === "ignored" && (INSIDE.has(event.name) || event.name.startsWith("ma_write"));
}

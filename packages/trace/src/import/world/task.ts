import type { TraceLine } from "../line/trace-event.ts";
import type { SyscallName } from "../line/syscall-lines.ts";
import type { Script } from "../thread/script.ts";
import type { Range } from "./ranges.ts";
import type { Space } from "./space.ts";

/** A task that the trace speaks of. */
export class Task {
  readonly pid: number;
  /** Its number in the model. */
  readonly id: number;
  /** Its comm, which it may change. */
  name: string;
  mm: Space | undefined;
  /** It was there before the trace began, and has written no line yet: it may be in the middle of an acquisition. */
  fresh: boolean;
  /** It was there before the trace began, and has not been in user mode since: it may hold locks. */
  early: boolean;
  /** The locks it has had to do with since the trace began. */
  readonly touched: Set<Space> = new Set();
  /** The acquisition that it is in the middle of. */
  waiting: Waiting | undefined;
  /** A release or downgrade that it announced and may not have done yet. */
  leaving: Leaving | undefined;
  readonly holds: Map<Space, "read" | "write"> = new Map();
  /** A lock that it has let go of in the model, and not yet in the trace. */
  cut: Space | undefined;
  /** Other processes' locks that it holds with a reference taken for it. */
  readonly foreign: Set<Space> = new Set();
  /** The procedure that it is in. */
  script: Script | undefined;
  /** The procedure that it is in is not followed: its lines mean nothing until another one begins. */
  astray = false;
  /** Its system call, with what the model says that it returns, once it does. */
  call: Call | undefined;
  /** It was started by a fork, from which it has not returned yet. */
  starting = false;
  /** Where it is in a page fault that is not followed. */
  strayFault: number | undefined;
  /** The address space that it fills for a child. */
  fork: Fork | undefined;
  /** The range that its munmap took out of the tree last. */
  cleared: { readonly start: number; readonly end: number } | undefined;
  /** Its last look at another process's page tables: which pages were there when it began and when it ended. */
  look: Look | undefined;
  lastLine: TraceLine | undefined;
  /** The child that it made and has not started yet. */
  newborn: Space | undefined;

  constructor(pid: number, id: number, name: string, fresh: boolean) {
    this.pid = pid;
    this.id = id;
    this.name = name;
    this.fresh = fresh;
    this.early = fresh;
    this.astray = fresh;
  }

  /** `b-server-158`. */
  get who(): string {
    return `${this.name}-${this.pid}`;
  }
}

/** An acquisition between its start and its end. */
export interface Waiting {
  readonly space: Space;
  readonly write: boolean;
  /** Where it started; undefined when that was before the trace. */
  readonly line: number | undefined;
  /** Whether it will succeed, as far as the trace has been read ahead. */
  readonly outcome: boolean | undefined;
  /** Whether the task's procedure asked for it. */
  bound: boolean;
  /** What it has done to the model's lock already. */
  applied?: "held" | "queued" | "failed";
  /** It must have queued, and it will not get the lock. */
  doomed?: boolean;
  /** Whether it took a reference on another process's address space for it. */
  readonly foreign: boolean;
}

/** A release between its announcement and the task's next line. */
export interface Leaving {
  readonly space: Space;
  readonly op: "mmap_read_unlock" | "mmap_write_unlock" | "mmap_write_downgrade";
  readonly bound: boolean;
}

export interface Call {
  readonly name: SyscallName;
  readonly args: readonly number[];
  /** What it returned in the model. Undefined while the procedure runs; null when it is not followed. */
  result: number | undefined | null;
  /** Why its result is not judged, as far as is known when it begins. */
  unjudged?: string | undefined;
  /** What else than the memory map may have made it fail. */
  readonly excuse?: string | undefined;
  /** The ranges that it looks at. */
  readonly ranges?: readonly Range[] | undefined;
  /** Those that it puts in place without having to know what was there. */
  readonly fresh?: readonly Range[] | undefined;
}

export interface Fork {
  readonly child: Space;
  readonly parent: Space;
  /** End of the last of the parent's VMAs that has been dealt with. */
  upTo: number;
  /** Whether the parent's VMAs become known by this very fork. */
  readonly adopting: boolean;
}

export interface Look {
  readonly space: Space;
  readonly before: readonly boolean[];
  readonly after: readonly boolean[];
}

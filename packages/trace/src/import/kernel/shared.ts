import type { BinderGeneration, Kernel } from "@faultline/mm";
import type { SyscallName } from "../line/syscall-lines.ts";
import type { Model } from "../model.ts";
import type { Report } from "../report.ts";
import type { Scripts } from "../thread/scripts.ts";
import type { OpStream } from "../truth/op-stream.ts";
import type { World } from "../world/world.ts";

/** What every part of the importer works on. */
export interface Shared {
  readonly model: Model;
  readonly report: Report;
  readonly world: World;
  readonly scripts: Scripts;
  /** The kernel whose procedures are played. */
  readonly kernel: Kernel;
  readonly generation: BinderGeneration;
  /** Who is told of every system call. */
  readonly onSyscall: ((call: ImportedSyscall) => void) | undefined;
  /** What the program wrote down that it did, where it did. */
  readonly ops: OpStream | undefined;
}

/** A system call as the trace shows it: the one place where what a kernel was asked and answered is handed over. */
export interface ImportedSyscall {
  /** The thread's pid. */
  readonly task: number;
  /** Line on which it returns, counted from 1. */
  readonly line: number;
  /** As the kernel spells it, without `sys_`. */
  readonly name: SyscallName;
  /** In the order in which they are passed; descriptors and lengths as the kernel prints them. */
  readonly args: readonly number[];
  /** An address, a count, or a negative errno. */
  readonly result: number;
  /** Why the result is not held against the model's; undefined where it is. */
  readonly unjudged: string | undefined;
}

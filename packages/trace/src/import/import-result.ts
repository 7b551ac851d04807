import type { BinderGeneration, Snapshot } from "@faultline/mm";
import type { PhaseResult, Verdict } from "./kernel/truth.ts";
import type { ImportedSyscall } from "./kernel/shared.ts";
import type { EventSink } from "./model.ts";
import type { OpsCompared } from "./truth/op-stream.ts";
import type { TruthFile } from "./truth/truth-file.ts";
import type { Compared, ImportDivergence } from "./report.ts";

export interface ImportOptions {
  /** Name of the kernel profile, for instance `linux-6.1`. Default: guessed from the head of the trace. */
  readonly profile?: string | undefined;
  /** Knobs of the binder driver. Default: those that came with the kernel. */
  readonly generation?: BinderGeneration | undefined;
  /** What the traced program wrote down of itself; see `parseTruth`. */
  readonly truth?: TruthFile | undefined;
  /**
   * Called once, before the first event, with the state that the events start from: that of the kernel chosen,
   * and that kernel's name.
   */
  readonly onStart?: ((initial: Snapshot, profile: string) => void) | undefined;
  /**
   * Called with each event of the model, in order, and the line (and its time, in microseconds or ticks) that it came
   * from. From the state that `onStart` tells of, the events replay by themselves.
   */
  readonly onEvent?: EventSink | undefined;
  /** Called for each line taken, with its number from 1: how far the import has come. */
  readonly onLine?: ((line: number) => void) | undefined;
  /** Called with each system call of which the trace shows entry and return, in order of their returns. */
  readonly onSyscall?: ((call: ImportedSyscall) => void) | undefined;
  /** Ends the import at the first divergence for which it returns true. */
  readonly stopWhen?: ((divergence: ImportDivergence) => boolean) | undefined;
  /** Lines read ahead. Default 4,096. */
  readonly lookAhead?: number | undefined;
}

export interface UnknownLine {
  readonly line: number;
  /** At most its first 200 characters. */
  readonly text: string;
}

/** What a trace does not show and an import plays all the same. */
export interface Inferred {
  /** Times that a VMA lock was had for reading or writing; see `INFERRED`. */
  readonly vmaLocks: number;
  /** Pages taken to be gone because as many of their kind went, by reclaim or truncation, as there were. */
  readonly pages: number;
}

/** What an import found. */
export interface ImportResult {
  readonly lines: number;
  /** Events of the model. */
  readonly events: number;
  /** Lines of kinds that {@link IGNORED} names, each with its reason; see `ignoredKinds`. */
  readonly ignored: number;
  /** Lines that say nothing understood; see `unknownLines`. */
  readonly unknown: number;
  readonly phases: readonly PhaseResult[];
  /** Whether every task did what the model's procedures do. */
  readonly ops: Verdict;
  /** At most 1,000, in order of lines; `divergenceCount` counts all. */
  readonly divergences: readonly ImportDivergence[];
  /** Where the caller put the recorded trace: its business, and null from here. */
  readonly trace: string | null;
  readonly divergenceCount: number;
  readonly profile: string;
  /** Why this profile. */
  readonly profileBecause: string;
  readonly compared: Compared;
  /** System calls whose result is not held against the model's, by reason; with `compared.syscalls`, all that returned. */
  readonly unjudged: Readonly<Record<string, number>>;
  /** How the program's own list of what it did compares; where there was one. */
  readonly truthOps?: OpsCompared;
  /** What no event shows, and follows from those that there are. */
  readonly inferred: Inferred;
  /**
   * Calls that left edges between VMAs of the same rights elsewhere than the model did, which took them over where not all
   * is known that keeps VMAs apart: VM_ACCOUNT, of which a truth file does not tell; the anon_vma of VMAs that go on in
   * memory which is not known.
   */
  readonly adoptedEdges: number;
  /** Marks of lost events: places in the trace where lines are missing, its head among them. */
  readonly lost: number;
  /** How many events the trace says are missing. */
  readonly lostEvents: number;
  /** Lines at the head of a trace that was overrun, which not all CPUs have: they are not held against the model. */
  readonly skipped: number;
  readonly ignoredKinds: Readonly<Record<string, number>>;
  /** The first 100. */
  readonly unknownLines: readonly UnknownLine[];
}

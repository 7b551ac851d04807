import type { BinderGeneration, Snapshot } from "@faultline/mm";
import type { PhaseResult, Verdict } from "./kernel/truth.ts";
import type { EventSink } from "./model.ts";
import type { Compared, ImportDivergence } from "./report.ts";

export interface ImportOptions {
  /** Name of the kernel profile, for instance `linux-6.1`. Default: guessed from the head of the trace. */
  readonly profile?: string | undefined;
  /** Knobs of the binder driver. Default: those that came with the kernel. */
  readonly generation?: BinderGeneration | undefined;
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
  /** Marks of lost events. */
  readonly lost: number;
  readonly ignoredKinds: Readonly<Record<string, number>>;
  /** The first 100. */
  readonly unknownLines: readonly UnknownLine[];
}

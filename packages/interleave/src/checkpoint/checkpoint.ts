import type { Value } from "@faultline/mm";

/** A run from the initial state: which thread took which of its choices, null where it had none. */
export type PathRecord = readonly (readonly [thread: number, choice: string | null])[];

/** One state on the search's stack. */
export interface LevelRecord {
  /** What it is to take: thread and choice; the first `count`, of which `next` were begun. */
  readonly transitions: PathRecord;
  readonly count: number;
  readonly next: number;
  readonly asleep: number;
  readonly cycling: number;
  readonly unstored: number;
  readonly open: boolean;
}

/** A thread program, as far as it was compiled. */
export interface TrieRecord {
  /** By position, from 2: the position before and the number of the result that led here, null for the start. */
  readonly positions: readonly (readonly [before: number, result: number] | null)[];
  /** What is pending there, in words: another program is known by it. */
  readonly pending: readonly string[];
  readonly edges: readonly (readonly [position: number, result: number, reached: number])[];
  readonly cyclic: boolean;
}

/** Numbers that an exploration gave to components, values, results and positions. */
export interface SpaceRecord {
  readonly slots: readonly string[];
  /** By slot. */
  readonly values: readonly (readonly Value[])[];
  readonly results: readonly Value[];
  /** One per program: threads that share one are alike. */
  readonly tries: readonly TrieRecord[];
}

/** Numbers given to what alike threads have in common. */
export interface NamingRecord {
  readonly families: readonly string[];
  readonly values: readonly (readonly string[] | null)[];
}

/** What is known of a thread's future at one position. */
export interface FutureRecord {
  readonly touched: readonly number[];
  readonly written: readonly number[];
  readonly before: readonly number[];
}

/** States stored so far: a table of fingerprints, or whole states with their masks. */
export type VisitedRecord =
  | { readonly kind: "fingerprints"; readonly size: number; readonly table: Int32Array; readonly masks: Int32Array }
  | { readonly kind: "whole"; readonly states: readonly (readonly [string, number])[] };

/**
 * An exploration that a budget ended, as plain data: enough to go on with it in another process. It fits the program,
 * options and version that made it, and nothing else.
 */
export interface Checkpoint {
  /** Tells programs, options and versions of the code apart. */
  readonly identity: string;
  readonly alike: readonly (readonly number[])[];
  /** Pages that are exchanged with alike threads, by number of the thread. */
  readonly pages: readonly (readonly [thread: number, pages: readonly number[]])[];
  /** Whether threads may still be found to be alike but for their pages. */
  readonly ownPages: boolean;
  readonly whyNotAlike: string | null;
  readonly passes: number;
  readonly patience: number;
  /** Transitions of earlier passes, and of this one. */
  readonly earlier: number;
  readonly transitions: number;
  readonly reducerRuns: number;
  readonly deepest: number;
  /** Whether this pass learned anything, and whether programs were known to have loops when it began. */
  readonly changed: boolean;
  readonly cyclic: boolean;
  readonly space: SpaceRecord;
  readonly naming: NamingRecord | null;
  /** By thread and position; null: nothing is learned. */
  readonly learned: readonly (readonly (FutureRecord | null)[])[] | null;
  readonly visited: VisitedRecord;
  readonly levels: readonly LevelRecord[];
  readonly found: readonly { readonly path: PathRecord; readonly atEnd: boolean; readonly key: string }[];
  readonly locks: readonly { readonly held: string; readonly taken: string; readonly path: PathRecord }[];
}

/** A checkpoint that does not belong to this program or this version, or is damaged. */
export class CheckpointError extends Error {
  override readonly name = "CheckpointError";
  readonly code = "E_RESUME";
}

/** How a mutant was made: a step left out, two in the other order, two as one, one as two. */
export type MutantKind = "drop" | "swap" | "merge" | "split";

/** One change to one procedure. */
export interface Mutant {
  /** Its name in lists: function, kind and step, with a number where that is not unique. Lines do not count in it. */
  readonly key: string;
  readonly target: string;
  readonly kind: MutantKind;
  /** What was done, in the kernel's words. */
  readonly what: string;
  /** The file and line of the step concerned: `munmap.ts:52`. */
  readonly place: string;
  /** The steps' sites: programs that reach none of them are left out. */
  readonly sites: readonly string[];
  /**
   * The step that must write something for the mutant to be one: an answer that is kept while nothing is lost, or a
   * look cut in two, is the program as it was.
   */
  readonly writer?: string;
  /**
   * Groups of steps of which each must hold one that other tasks could notice: who does the steps of a group sooner or
   * later for itself alone does what the model does.
   */
  readonly parties?: readonly (readonly string[])[];
}

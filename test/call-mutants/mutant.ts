/** How a mutant was made. */
export type CallMutantKind = "true" | "false" | "not" | "drop" | "edge" | "errno" | "swap";

/** One change to one check, errno or order of checks. */
export interface CallMutant {
  /** Its name in lists: function, kind and text, with a number where that is not unique. Lines do not count in it. */
  readonly key: string;
  readonly target: string;
  readonly kind: CallMutantKind;
  /** The file and line concerned: `sys-mmap.ts:52`. */
  readonly place: string;
}

/** What one operation gave, or what a child showed: one JSON line of the oracle. */
export type ResultLine = {
  /** Number of the operation in its list, from 0. */
  readonly i: number;
  readonly op: string;
  /** The line tells what the child of a fork did and saw; the parent's own line follows. */
  readonly child?: true;
  /** Hexadecimal: an offset into the window; an address outside of it after `=`; `0`. */
  readonly ret?: string;
  /** The errno by name. EXFULL: the oracle refused the operation, for it would hurt the process that runs it. */
  readonly err?: string;
  /** The byte that was read, `0` after a write; a signal and its code, `SEGV/MAPERR`; `-` where a child touched nothing. */
  readonly touch?: string;
  readonly vmas?: readonly VmaLine[];
  /**
   * One letter per page of the window, what is missing at the end is `.`: none; `A` anonymous, mapped here only; `a`
   * anonymous, mapped elsewhere too; `z` the zero page; `F` a file's; `S` swapped; `G` a guard marker; `?` other.
   */
  readonly pg?: string;
};

/** First page and end of a VMA in pages of the window, its rights as in /proc/PID/maps, pgoff, file, and VmFlags where recorded. */
export type VmaLine =
  | readonly [start: number, end: number, rights: string, pgoff: number, file: string]
  | readonly [start: number, end: number, rights: string, pgoff: number, file: string, flags: string];

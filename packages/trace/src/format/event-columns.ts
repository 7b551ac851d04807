/** The columns of a block of events. A reader skips those it does not know: a minor version may add some. */
export const ColumnId = {
  /** Task number. */
  task: 0,
  /** 0: the next new row of the table of calls; k + 1: row k. */
  call: 1,
  /** 0: the outcome that this call had last; 1: the next new row of the table of outcomes; k + 2: row k. */
  outcome: 2,
  /** 0: none; otherwise 1 + the signed difference from the last line given in this block, which starts at 0. */
  line: 3,
  /** Like line. */
  time: 4,
  /** 0: what the last event of this step in this block had, none at first; 1: none; k + 2: note k of the block. */
  note: 5,
} as const;

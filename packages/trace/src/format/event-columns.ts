/**
 * The columns of a block of events, each of runs and codes. A reader skips those it does not know: a minor version may
 * add some.
 */
export const ColumnId = {
  /** Predicted: the task of the event before. Code: the task. */
  task: 0,
  /** Predicted: the call template of the event that this one repeats. Code 0: the next new template; k + 1: template k. */
  call: 1,
  /** The same for the outcome template. */
  outcome: 2,
  /** The integers of calls and outcomes, event by event. Predicted: see IntegerBases. Code: see integer-code. */
  integer: 3,
  /** Predicted: the Place of the event that this one repeats. Code: its Place. Then the differences of those elsewhere. */
  line: 4,
  /** Predicted: the Place of the event's line if the block has lines, else like them. */
  time: 5,
} as const;

import { CountError, countRuns, type Puts } from "@faultline/interleave";
import type { Instance } from "@faultline/interleave";

/** Exact numbers, as `--count --json` shows them: bigints as decimal strings. */
export interface Counted {
  /** null: they could not be counted, for the reason in `uncounted`. */
  readonly interleavings: string | null;
  readonly classes: string | null;
  readonly uncounted: string | null;
  /** Form of the rwsems that the numbers are for. */
  readonly countedRwsem: string;
  /** Puts that test whether they are the last, and whether one can be; null when nothing was counted. */
  readonly puts: Puts | null;
  /** Classes without that test; null where no put tests, or where one can be the last. */
  readonly classesWithoutTest: string | null;
}

/** Counts the interleavings and classes of a variant's program. */
export function count({ program, knobs }: Instance, expired: () => boolean): Counted {
  const countedRwsem = knobs.rwsem;
  try {
    const { interleavings, classes, puts, classesWithoutTest } = countRuns(program, { expired });
    return {
      interleavings: interleavings.toString(),
      classes: classes.toString(),
      uncounted: null,
      countedRwsem,
      puts,
      classesWithoutTest: classesWithoutTest?.toString() ?? null,
    };
  } catch (error) {
    if (!(error instanceof CountError)) throw error;
    const { message } = error;
    const nothing = { interleavings: null, classes: null, puts: null, classesWithoutTest: null };
    return { ...nothing, uncounted: message, countedRwsem };
  }
}

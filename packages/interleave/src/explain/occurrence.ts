import type { Path } from "../explore/path.ts";
import type { Space } from "../space/space.ts";
import { type Place, placeOf } from "./place.ts";
import { take } from "./search.ts";

/**
 * A step of a run, named so that other runs have it too: the n-th time that its thread makes a step of this name. How
 * many other steps the thread makes before it does not matter.
 */
export interface Occurrence extends Place {
  /** Number of the event in the run, from 0. */
  readonly event: number;
  readonly threadIndex: number;
  /** Counted from 1. */
  readonly nth: number;
  /** The outcome that the step took, where it has several. */
  readonly choice: string | null;
}

/** The events of a path, as occurrences. */
export function occurrencesOf(space: Space, path: Path): Occurrence[] {
  space.reset();
  const counts = new Map<string, number>();
  return path.map(({ thread, leaf }, event) => {
    const place = placeOf(space, thread);
    const key = `${thread} ${place.op}`;
    const nth = (counts.get(key) ?? 0) + 1;
    counts.set(key, nth);
    take(space, thread, leaf);
    return { ...place, event, threadIndex: thread, nth, choice: leaf.choice ?? null };
  });
}

/** Which of some occurrences have happened along a run: for each thread and op that matters, how often it did. */
export type Counts = readonly number[];

/** Watches for a few occurrences. */
export class Watchlist {
  readonly #keys: readonly string[];
  readonly #limits: readonly number[];

  constructor(occurrences: readonly Occurrence[]) {
    const limits = new Map<string, number>();
    for (const one of occurrences) limits.set(keyOf(one), Math.max(limits.get(keyOf(one)) ?? 0, one.nth));
    this.#keys = [...limits.keys()];
    this.#limits = [...limits.values()];
  }

  get start(): Counts {
    return this.#limits.map(() => 0);
  }

  /** The counts after this thread's step of this name. Beyond the last that matters nothing is counted. */
  after(counts: Counts, threadIndex: number, op: string): Counts {
    const at = this.#keys.indexOf(keyOf({ threadIndex, op }));
    return at < 0 || counts[at] === this.#limits[at] ? counts : counts.with(at, counts[at]! + 1);
  }

  happened(counts: Counts, occurrence: Occurrence): boolean {
    return counts[this.#keys.indexOf(keyOf(occurrence))]! >= occurrence.nth;
  }
}

function keyOf({ threadIndex, op }: Pick<Occurrence, "threadIndex" | "op">): string {
  return `${threadIndex} ${op}`;
}

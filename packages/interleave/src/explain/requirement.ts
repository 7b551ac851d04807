import { eventsOf, type Path } from "../explore/path.ts";
import type { Leaf } from "../space/memo.ts";
import type { Space } from "../space/space.ts";
import { type Counts, type Occurrence, Watchlist } from "./occurrence.ts";

/**
 * What a run may have to have: two steps in this order, both of them; or, without `first`, one step with the outcome
 * that it took.
 */
export interface Requirement {
  readonly first: Occurrence | null;
  readonly second: Occurrence;
  /** The second step waits when the run to be explained is over: it may stay away, but not come before the first. */
  readonly waits: boolean;
}

/** Watches a run for what requirements speak of. */
export class RequirementWatch {
  readonly #requirements: readonly Requirement[];
  readonly #watch: Watchlist;

  constructor(requirements: readonly Requirement[]) {
    this.#requirements = requirements;
    this.#watch = new Watchlist(
      requirements.flatMap(({ first, second }) => (first === null ? [second] : [first, second])),
    );
  }

  get start(): Counts {
    return this.#watch.start;
  }

  /** The counts after a step; the same object where it makes no difference. */
  after(counts: Counts, thread: number, op: string): Counts {
    return this.#watch.after(counts, thread, op);
  }

  /** Whether the step between these counts breaks the requirement, whatever comes next. */
  breaks({ first, second, waits }: Requirement, before: Counts, after: Counts, leaf: Leaf): boolean {
    const isNow = (one: Occurrence): boolean => this.#watch.happened(after, one) && !this.#watch.happened(before, one);
    const otherwise = (one: Occurrence): boolean => isNow(one) && one.choice !== (leaf.choice ?? null);
    if (first !== null && (otherwise(first) || (isNow(second) && !this.#watch.happened(before, first)))) return true;
    return !waits && otherwise(second);
  }

  /** Whether a requirement that no step has broken is met by now. */
  meets({ first, second, waits }: Requirement, counts: Counts): boolean {
    const met = (one: Occurrence | null): boolean => one === null || this.#watch.happened(counts, one);
    return met(first) && (waits || met(second));
  }

  /** Which of the requirements a whole run meets. */
  metBy(space: Space, path: Path): boolean[] {
    const events = eventsOf(space, path);
    const met = this.#requirements.map(() => true);
    let counts = this.start;
    for (const [i, { thread, leaf }] of path.entries()) {
      const before = counts;
      counts = this.after(before, thread, events[i]!.op);
      if (counts === before) continue;
      for (const [at, one] of this.#requirements.entries()) {
        if (this.breaks(one, before, counts, leaf)) met[at] = false;
      }
    }
    return met.map((good, at) => good && this.meets(this.#requirements[at]!, counts));
  }
}

import type { Learned } from "../reduce/learned.ts";
import { PersistentSets } from "../reduce/persistent.ts";
import type { Space } from "../space/space.ts";
import type { Orbit } from "../symmetry/orbit.ts";
import type { Level } from "./level.ts";

/** What a pass leaves out. All of it absent: every transition of every state is taken. */
export interface Reduction {
  /** What threads may touch from where they stand, as far as it is known; needed by the next two. */
  readonly learned?: Learned;
  /** Explore persistent sets only. */
  readonly persistentSets?: boolean;
  /** Where only one transition is to be taken, take it and do not store the state. */
  readonly macroSteps?: boolean;
  /** Leave out a transition that was taken before an independent one. At most {@link MAX_SLEEPERS} threads. */
  readonly sleepSets?: boolean;
  /** States that an exchange of alike threads makes equal count as one. */
  readonly orbit?: Orbit;
  /** States that differ by generations alone count as one; whole states are stored then. */
  readonly renumber?: boolean;
}

/** Sets of threads are small integers. */
export const MAX_SLEEPERS = 31;

/** Which transitions of a state are to be taken. */
export class Selection {
  readonly #space: Space;
  readonly #reduction: Reduction;
  readonly #persistent: PersistentSets | undefined;
  readonly #orbit: Orbit | undefined;
  /** Whether transitions are left out at all. */
  readonly #reduces: boolean;
  /** 1 for the threads that are to be explored in the state chosen for last. */
  readonly #inside: Uint8Array;

  constructor(space: Space, reduction: Reduction) {
    const threads = space.program.threads.length;
    this.#space = space;
    this.#reduction = reduction;
    this.#orbit = reduction.orbit;
    this.#persistent = reduction.learned === undefined ? undefined : new PersistentSets(threads, reduction.learned);
    this.#reduces = reduction.learned !== undefined || reduction.sleepSets === true;
    this.#inside = new Uint8Array(threads);
  }

  /** Lists what is to be explored first, then what the reduction sets aside. */
  choose(level: Level, enabled: number, only: number): void {
    const inside = this.#inside;
    if (only >= 0) {
      for (let thread = 0; thread < level.outcomes.length; thread++) inside[thread] = (only >>> thread) & 1;
    } else if (!this.#reduce(level, enabled)) {
      if (this.#reduces) inside.fill(1);
      this.#list(level, -1);
      level.count = level.all;
      return;
    }
    this.#list(level, 1);
    level.count = level.all;
    this.#list(level, 0);
  }

  #reduce(level: Level, enabled: number): boolean {
    if (enabled === 1 || this.#persistent === undefined) return false;
    const most = this.#reduction.persistentSets === true ? enabled - 1 : this.#reduction.macroSteps === true ? 1 : 0;
    return most > 0 && this.#persistent.find(level.outcomes, this.#space.vector, this.#inside, most) <= most;
  }

  /** Lists the transitions of threads that are awake: of those inside (1) or outside (0) the reduced set, or of all. */
  #list(level: Level, inside: number): void {
    const { outcomes, asleep } = level;
    for (let thread = 0; thread < outcomes.length; thread++) {
      const { enabled, leaves } = outcomes[thread]!;
      if (!enabled || (asleep !== 0 && (asleep & (1 << thread)) !== 0)) continue;
      if (inside >= 0 && this.#inside[thread] !== inside) continue;
      if (this.#orbit !== undefined && this.#isTwin(this.#orbit, level, thread)) continue;
      for (const leaf of leaves) {
        if (leaf.status === "blocked") continue;
        level.threads[level.all] = thread;
        level.leaves[level.all++] = leaf;
      }
    }
  }

  /** Whether an alike thread, with nothing to tell it from this one, is listed already. */
  #isTwin(orbit: Orbit, level: Level, thread: number): boolean {
    const members = orbit.membersWith(thread);
    if (members === undefined) return false;
    for (let i = 0; i < level.all; i++) {
      const other = level.threads[i]!;
      if (other !== thread && members.includes(other) && orbit.compare(other, thread) === 0) return true;
    }
    return false;
  }

  /**
   * The threads that sleep here and would be explored otherwise. What is set aside may be taken up later, where there
   * are cycles: then its sleepers count too.
   */
  sleepers({ asleep, outcomes }: Level): number {
    if (asleep === 0 || this.#space.cyclic) return asleep;
    let sleepers = 0;
    for (let thread = 0; thread < outcomes.length; thread++) {
      if (this.#inside[thread] === 1) sleepers |= asleep & (1 << thread);
    }
    return sleepers;
  }
}

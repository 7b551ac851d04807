import type { Outcomes } from "../space/memo.ts";
import type { Learned } from "./learned.ts";

/**
 * Persistent sets of threads: whatever the others do, now or later, is independent of what these do next. Starts from
 * each enabled thread in turn, adds every thread whose future may conflict with a pending step inside, and takes the
 * set with the fewest enabled threads.
 */
export class PersistentSets {
  readonly #learned: Learned;
  readonly #candidate: Uint8Array;
  readonly #work: Int32Array;

  constructor(threads: number, learned: Learned) {
    this.#learned = learned;
    this.#candidate = new Uint8Array(threads);
    this.#work = new Int32Array(threads);
  }

  /**
   * @param outcomes what each thread can do now
   * @param vector positions of the threads
   * @param inside out: 1 for the threads of the set
   * @param most sets with more enabled threads than this are of no use
   * @returns number of enabled threads in the set, more than `most` when there is no such set
   */
  find(outcomes: readonly Outcomes[], vector: Int32Array, inside: Uint8Array, most: number): number {
    const candidate = this.#candidate;
    let best = most + 1;
    inside.fill(0);
    for (let seed = 0; seed < outcomes.length; seed++) {
      if (!outcomes[seed]!.enabled || inside[seed] === 1) continue;
      const size = this.#close(seed, outcomes, vector, best);
      if (size < best) {
        best = size;
        inside.set(candidate);
        if (best === 1) break;
      }
    }
    return best;
  }

  /** Closes the candidate around a thread; gives up at `limit` enabled threads. */
  #close(seed: number, outcomes: readonly Outcomes[], vector: Int32Array, limit: number): number {
    const candidate = this.#candidate;
    const work = this.#work;
    candidate.fill(0);
    candidate[seed] = 1;
    work[0] = seed;
    let size = 0;
    for (let next = 0, end = 1; next < end; next++) {
      const own = outcomes[work[next]!]!;
      if (own.enabled && ++size >= limit) return size;
      for (let other = 0; other < outcomes.length; other++) {
        if (candidate[other] === 1 || outcomes[other]!.leaves.length === 0) continue;
        if (!this.#learned.future(other, vector[other]!).mayConflict(own)) continue;
        candidate[other] = 1;
        work[end++] = other;
      }
    }
    return size;
  }
}

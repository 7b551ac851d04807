import type { StepEvent } from "@faultline/mm";

/** Decides what happens next, among what can. */
export interface Scheduler {
  /**
   * @param enabled the tasks that can go on, ascending; at least one
   * @param pending the step that each of them would take
   * @returns one of them, or undefined to end the run
   */
  readonly nextTask: (enabled: readonly number[], pending: ReadonlyMap<number, StepEvent>) => number | undefined;
  /** Which of a step's outcomes happens; the options are at least two. */
  readonly choose: (options: readonly string[]) => string;
}

/** Numbers from 0 up to but not including a bound, the same for the same seed on every machine: splitmix32. */
export function randomNumbers(seed: number): (bound: number) => number {
  let state = seed | 0;
  return (bound) => {
    state = (state + 0x9e37_79b9) | 0;
    let word = state ^ (state >>> 16);
    word = Math.imul(word, 0x21f0_aaad);
    word ^= word >>> 15;
    word = Math.imul(word, 0x735a_2d97);
    word ^= word >>> 15;
    return Math.floor(((word >>> 0) / 2 ** 32) * bound);
  };
}

/** The same run for the same seed, on every machine. */
export function randomScheduler(seed: number): Scheduler {
  const below = randomNumbers(seed);
  return {
    nextTask: (enabled) => enabled[below(enabled.length)],
    choose: (options) => options[below(options.length)]!,
  };
}

import type { Transition } from "../count/dependence.ts";
import { RandomStream } from "./generator.ts";

/** Decides what happens next in one run. */
export interface Scheduler {
  /** One of the enabled transitions; never called with none. */
  choose(enabled: readonly Transition[], step: number): Transition;
}

/** No chance at all: this thread as long as it can go on, then those after it, round to those before it. */
export function inTurnFrom(first: number, threads: number): Scheduler {
  const turn = ({ thread }: Transition): number => (thread - first + threads) % threads;
  return { choose: (enabled) => enabled.reduce((best, one) => (turn(one) < turn(best) ? one : best)) };
}

/** Each enabled transition alike. */
export function randomWalk(seed: number): Scheduler {
  const random = new RandomStream(seed);
  return { choose: (enabled) => enabled[random.below(enabled.length)]! };
}

/**
 * Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010): threads have random
 * priorities, the highest enabled one runs, and at `depth` - 1 random steps the running thread falls below all others.
 * @param steps how many steps a run is taken to have
 */
export function pct(seed: number, threads: number, depth: number, steps: number): Scheduler {
  const random = new RandomStream(seed);
  const priority = random.shuffled(threads).map((rank) => rank + depth);
  const changes = new Map<number, number>();
  for (let d = 1; d < depth; d++) changes.set(random.below(Math.max(1, steps)), depth - d);
  return {
    choose(enabled, step) {
      const highest = (): number => Math.max(...enabled.map(({ thread }) => priority[thread]!));
      const lowered = changes.get(step);
      if (lowered !== undefined)
        priority[enabled.find(({ thread }) => priority[thread] === highest())!.thread] = lowered;
      const best = highest();
      const choices = enabled.filter(({ thread }) => priority[thread] === best);
      return choices[random.below(choices.length)]!;
    },
  };
}

/** The chance at least which one PCT run meets a bug of this depth: 1 / (n k^(d-1)), for n threads and k steps. */
export function pctBound(threads: number, depth: number, steps: number): number {
  return 1 / (threads * Math.max(1, steps) ** (depth - 1));
}

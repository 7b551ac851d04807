import { Findings } from "../explore/findings.ts";
import { enabledIn, make } from "../count/moves.ts";
import type { Transition } from "../count/dependence.ts";
import type { Finding } from "../explore/exploration.ts";
import type { Path } from "../explore/path.ts";
import { endingOf, violationsAtEnd } from "../explore/terminal.ts";
import { unreachedSteps, type Unreached } from "../explore/unreached.ts";
import type { Program } from "../program.ts";
import { Space } from "../space/space.ts";
import { NormalForms } from "./normal-form.ts";
import { inTurnFrom, pct, pctBound, randomWalk, type Scheduler } from "./scheduler.ts";

/** How runs are drawn. `walk`: each enabled transition alike. `pct`: priorities, for bugs of this depth. */
export type Strategy = "walk" | { readonly pct: number };

export interface SampleOptions {
  /** Default 1. Run i is drawn with seed + i, so that any run can be had again by itself. */
  readonly seed?: number;
  /** Runs to make. Default 1,000. */
  readonly runs?: number;
  /** Default pct of 3. */
  readonly strategy?: Strategy;
  /** Steps after which a run is cut off. Default 10,000. */
  readonly maxSteps?: number;
  /** Run each reducer once per footprint and look the rest up. Default true. */
  readonly memo?: boolean;
  /** Asked before each run whether time is up: this package has no clock. */
  readonly expired?: () => boolean;
}

export interface SampledFinding extends Finding {
  /** The seed that gives this run alone: `runs: 1` with it repeats the run. */
  readonly seed: number;
}

/** The bound that PCT comes with: 1 / (n k^(d-1)). */
export interface PctBound {
  /** The chance at least which one run meets a given bug of this depth, its choices turning out as the bug needs. */
  readonly chance: number;
  readonly threads: number;
  /** Steps that runs are taken to have. The bound says nothing of longer ones. */
  readonly steps: number;
  readonly depth: number;
}

/** What some runs showed. Never `clean`: what was not sampled is not known. */
export interface Sample {
  readonly verdict: "violation" | "sampled";
  /** Why there are fewer runs than asked for; undefined when there are as many. */
  readonly stopped: string | undefined;
  readonly runs: number;
  /** Runs that were cut off. */
  readonly cut: number;
  /** Distinct states seen. */
  readonly states: number;
  /** Distinct Mazurkiewicz classes of the runs that were not cut off. */
  readonly classes: number;
  readonly transitions: number;
  /** Steps of the longest run. */
  readonly longest: number;
  /** Times a reducer ran. */
  readonly reducerRuns: number;
  /** For PCT. */
  readonly bound: PctBound | undefined;
  /** One finding per task, rule, step and object: the shortest run met. */
  readonly findings: readonly SampledFinding[];
  /** Steps and procedures written in the threads that no run executed. */
  readonly unreached: readonly Unreached[];
}

/**
 * Makes random runs of a program, for what is too large to explore.
 * @throws ThreadError for a thread that throws, yields what is no step, is not deterministic, or loops without a step
 */
export function sample(program: Program, options: SampleOptions = {}): Sample {
  const { seed = 1, runs = 1000, strategy = { pct: 3 }, maxSteps = 10_000, memo = true } = options;
  const threads = program.threads.length;
  const space = new Space(program, { memo });
  const sampler = new Sampler(space);
  const steps = strategy === "walk" ? 0 : expectedSteps(new Space(program, { memo }), maxSteps);
  let [made, cut] = [0, 0];
  for (; made < runs && options.expired?.() !== true; made++) {
    const scheduler = strategy === "walk" ? randomWalk(seed + made) : pct(seed + made, threads, strategy.pct, steps);
    if (!sampler.run(scheduler, maxSteps, seed + made)) cut++;
  }
  const { reducerRuns } = space;
  const unreached = unreachedSteps(space);
  const findings = sampler.findings();
  return {
    verdict: findings.length > 0 ? "violation" : "sampled",
    stopped: made < runs ? `time is up after ${made} of ${runs} runs` : undefined,
    runs: made,
    cut,
    states: sampler.states.size,
    classes: sampler.classes.size,
    transitions: sampler.transitions,
    longest: sampler.longest,
    reducerRuns,
    bound: strategy === "walk" ? undefined : boundOf(threads, strategy.pct, steps),
    findings,
    unreached,
  };
}

/**
 * PCT wants to know how long runs are. One run per thread, in which that thread goes first and then those after it, tells,
 * and tells the same whatever the seed.
 */
function expectedSteps(space: Space, maxSteps: number): number {
  const sampler = new Sampler(space);
  const threads = space.program.threads.length;
  for (let first = 0; first < threads; first++) sampler.run(inTurnFrom(first, threads), maxSteps, 0);
  return sampler.longest;
}

function boundOf(threads: number, depth: number, steps: number): PctBound {
  return { chance: pctBound(threads, depth, steps), threads, steps, depth };
}

class Sampler {
  readonly states = new Set<string>();
  readonly classes = new Set<string>();
  transitions = 0;
  longest = 0;
  readonly #space: Space;
  readonly #findings = new Findings("shortest");
  readonly #forms = new NormalForms();
  readonly #seeds = new WeakMap<Path, number>();

  constructor(space: Space) {
    this.#space = space;
  }

  /** @returns false when the run was cut off */
  run(scheduler: Scheduler, maxSteps: number, seed: number): boolean {
    const space = this.#space;
    const made: Transition[] = [];
    const path = (): Path => {
      const soFar = made.slice();
      this.#seeds.set(soFar, seed);
      return soFar;
    };
    space.reset();
    this.#see();
    for (;;) {
      this.longest = Math.max(this.longest, made.length);
      const enabled = enabledIn(space);
      if (enabled.length === 0) break;
      if (made.length === maxSteps) return false;
      const chosen = scheduler.choose(enabled, made.length);
      make(space, chosen);
      this.transitions++;
      made.push(chosen);
      this.#see();
      this.#findings.noteStep(chosen.leaf, path);
    }
    this.#findings.note(violationsAtEnd(space, endingOf(space)), true, path);
    this.classes.add(this.#forms.of(made));
    return true;
  }

  findings(): SampledFinding[] {
    const shown = this.#findings.list(this.#space, { minimize: false });
    return shown.map(({ finding, met }) => ({ ...finding, seed: this.#seeds.get(met)! }));
  }

  #see(): void {
    this.states.add(this.#space.fingerprint.join(" "));
  }
}

import { type StepEvent, type Violation, violationKey } from "@faultline/mm";
import { byFootprint, type Transition } from "../count/dependence.ts";
import { endingOf, violationsAtEnd } from "../explore/terminal.ts";
import { switchesOf } from "../explore/path.ts";
import type { Program } from "../program.ts";
import type { Leaf } from "../space/memo.ts";
import { Space } from "../space/space.ts";
import { firstThreadFirst, pct, pctBound, randomWalk, type Scheduler } from "./scheduler.ts";

export interface SampleOptions {
  /** Default 1. Run i is drawn with seed + i, so that any run can be had again by itself. */
  readonly seed?: number;
  /** Runs to make. Default 1,000. */
  readonly runs?: number;
  /** `walk`: each enabled transition alike. `pct`: priorities with this many ordering constraints. Default pct of 3. */
  readonly strategy?: "walk" | { readonly pct: number };
  /** Steps after which a run is cut off. Default 10,000. */
  readonly maxSteps?: number;
  /** Asked before each run whether time is up. */
  readonly expired?: () => boolean;
}

export interface SampledFinding {
  readonly violation: Violation;
  readonly events: readonly StepEvent[];
  readonly switches: number;
  /** The seed that gives this run alone: `runs: 1` with it repeats the run. */
  readonly seed: number;
}

/** What some runs showed. Never `clean`: what was not sampled is not known. */
export interface Sample {
  readonly verdict: "violation" | "sampled";
  readonly runs: number;
  /** Runs that were cut off. */
  readonly cut: number;
  readonly states: number;
  readonly classes: number;
  /** The longest run, in steps. */
  readonly steps: number;
  /** For PCT: the chance at least which a run of the length expected meets a bug of the given depth. */
  readonly bound: number | undefined;
  /** One finding per task, rule, step and object: the shortest run met. */
  readonly findings: readonly SampledFinding[];
}

/** Makes random runs of a program, for what is too large to explore. */
export function sample(program: Program, options: SampleOptions = {}): Sample {
  const { seed = 1, runs = 1000, strategy = { pct: 3 }, maxSteps = 10_000 } = options;
  const sampler = new Sampler(program);
  // PCT wants to know how long runs are. One run, first thread first, tells, and tells the same whatever the seed.
  const steps = strategy === "walk" ? 0 : new Sampler(program).lengthOf(firstThreadFirst, maxSteps);
  let [made, cut] = [0, 0];
  for (; made < runs && options.expired?.() !== true; made++) {
    const scheduler =
      strategy === "walk" ? randomWalk(seed + made) : pct(seed + made, program.threads.length, strategy.pct, steps);
    if (!sampler.run(scheduler, maxSteps, seed + made)) cut++;
  }
  const findings = [...sampler.found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, finding]) => finding);
  return {
    verdict: findings.length > 0 ? "violation" : "sampled",
    runs: made,
    cut,
    states: sampler.states.size,
    classes: sampler.classes.size,
    steps: sampler.longest,
    bound: strategy === "walk" ? undefined : pctBound(program.threads.length, strategy.pct, steps),
    findings,
  };
}

class Sampler {
  readonly states = new Set<string>();
  readonly classes = new Set<string>();
  readonly found = new Map<string, SampledFinding>();
  longest = 0;
  readonly #space: Space;

  constructor(program: Program) {
    this.#space = new Space(program);
  }

  /** Steps of one run, at most `maxSteps`. */
  lengthOf(scheduler: Scheduler, maxSteps: number): number {
    return this.run(scheduler, maxSteps, 0) ? this.longest : maxSteps;
  }

  /** @returns false when the run was cut off */
  run(scheduler: Scheduler, maxSteps: number, seed: number): boolean {
    const space = this.#space;
    const made: Transition[] = [];
    space.reset();
    this.#see();
    for (;;) {
      const enabled = this.#enabled();
      if (enabled.length === 0) break;
      if (made.length === maxSteps) return false;
      const chosen = scheduler.choose(enabled, made.length);
      const reached = space.reached(chosen.thread, chosen.leaf);
      for (let i = 0; i < chosen.leaf.writes.length; i += 2) {
        space.set(chosen.leaf.writes[i]!, chosen.leaf.writes[i + 1]!);
      }
      space.set(chosen.thread, reached);
      made.push(chosen);
      this.#see();
      for (const violation of chosen.leaf.violations) this.#note(violation, made, seed);
    }
    this.longest = Math.max(this.longest, made.length);
    for (const violation of violationsAtEnd(space, endingOf(space))) this.#note(violation, made, seed);
    this.classes.add(normalForm(made));
    return true;
  }

  #enabled(): Transition[] {
    const space = this.#space;
    const leaves: Leaf[] = [];
    return space.program.threads.flatMap((_, thread) =>
      leaves
        .slice(0, space.pending(thread, leaves))
        .filter(({ status }) => status !== "blocked")
        .map((leaf) => ({ thread, leaf, event: space.event(thread, leaf) })),
    );
  }

  #see(): void {
    this.states.add(this.#space.fingerprint.join(" "));
  }

  #note(violation: Violation, made: readonly Transition[], seed: number): void {
    const key = `${String(violation.task).padStart(6, "0")} ${violationKey(violation)}`;
    const known = this.found.get(key);
    if (known !== undefined && known.events.length <= made.length) return;
    const events = made.map(({ event }) => event);
    this.found.set(key, { violation, events, switches: switchesOf(events), seed });
  }
}

/** Foata's normal form: equal exactly for equivalent runs. */
function normalForm(run: readonly Transition[]): string {
  const layers: number[] = [];
  return run
    .map((event, i) => {
      let layer = 0;
      for (let j = 0; j < i; j++) if (byFootprint(run[j]!, event)) layer = Math.max(layer, layers[j]! + 1);
      layers.push(layer);
      return `${String(layer).padStart(5, "0")} ${event.thread} ${event.leaf.choice ?? ""}`;
    })
    .sort()
    .join(",");
}

import {
  checkClasses,
  type ClassesCheck,
  type Exploration,
  explore,
  type ExploreOptions,
  type Finding,
  type Program,
  type Sample,
  sample,
  type Strategy,
} from "@faultline/interleave";
import type { EngineName } from "./engine-names.ts";

/** How engine `random` draws its runs. */
export interface Sampling {
  readonly strategy: Strategy;
  readonly seed: number;
  readonly runs: number;
}

/** What engines share of their answers, and by `engine` what each says of its own work. */
export type Answer = Common &
  (
    | { readonly engine: "states"; readonly work: Exploration }
    | { readonly engine: "classes"; readonly work: ClassesCheck }
    | { readonly engine: "random"; readonly work: Sample; readonly sampling: Sampling }
  );

interface Common {
  readonly verdict: "clean" | "violation" | "sampled" | "inconclusive";
  readonly stopped: string | undefined;
  readonly findings: readonly Finding[];
  readonly transitions: number;
  readonly reducerRuns: number;
  readonly unreached: Exploration["unreached"];
}

export interface EngineOptions extends ExploreOptions {
  readonly engine: EngineName;
  readonly sampling: Sampling;
}

/** Runs the engine asked for. */
export function runEngine(program: Program, { engine, sampling, ...options }: EngineOptions): Answer {
  const expired = options.budget?.expired;
  const shared = {
    ...(options.memo === undefined ? {} : { memo: options.memo }),
    ...(expired === undefined ? {} : { expired }),
  };
  switch (engine) {
    case "states": {
      const work = explore(program, options);
      return { ...common(work, work.transitions), engine, work };
    }
    case "classes": {
      const { minimize, minimizeBudget } = options;
      const work = checkClasses(program, {
        ...shared,
        ...(minimize === undefined ? {} : { minimize }),
        ...(minimizeBudget === undefined ? {} : { minimizeBudget }),
      });
      return { ...common(work, work.events), engine, work };
    }
    case "random": {
      const work = sample(program, { ...shared, ...sampling });
      return { ...common(work, work.transitions), engine, work, sampling };
    }
  }
}

function common(work: Omit<Common, "transitions">, transitions: number): Common {
  const { verdict, stopped, findings, reducerRuns, unreached } = work;
  return { verdict, stopped, findings, transitions, reducerRuns, unreached };
}

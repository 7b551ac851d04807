import { CliError } from "../command-line/cli-error.ts";
import type { EngineName } from "../explore/engine-names.ts";
import type { Sampling } from "../explore/engines.ts";
import type { ExploreLimits } from "../explore/explore-variant.ts";

/** The options that say how to explore, as the command line gives them. */
export interface ExploreFlags {
  readonly profile?: string;
  readonly engine: EngineName;
  readonly seed?: number;
  readonly runs?: number;
  readonly strategy?: "pct" | "walk";
  readonly depth?: number;
  readonly count?: boolean;
  readonly persistentSets: boolean;
  readonly sleepSets: boolean;
  readonly symmetry: boolean;
  readonly pageSymmetry: boolean;
  readonly macroSteps: boolean;
  readonly liveness: boolean;
  readonly memo: boolean;
  readonly fullKeys?: boolean;
  readonly preemptions?: number;
  readonly maxStates?: number;
  readonly maxSeconds?: number;
  readonly maxMemory?: number;
  readonly minimize: boolean;
  /** Threads; undefined: one for each core. */
  readonly jobs?: number;
}

/**
 * The same for the explorer.
 * @throws CliError E_USAGE for an option that says nothing to the engine chosen
 */
export function limitsFrom(flags: ExploreFlags): ExploreLimits {
  const { profile, engine, persistentSets, sleepSets, symmetry, pageSymmetry, macroSteps, liveness, count } = flags;
  const { preemptions, memo, fullKeys, maxStates, maxSeconds, maxMemory, minimize } = flags;
  checkEngine(flags);
  return {
    engine,
    sampling: samplingFrom(flags),
    count: count ?? false,
    persistentSets,
    sleepSets,
    symmetry,
    pageSymmetry,
    macroSteps,
    liveness,
    memo,
    minimize,
    fullKeys: fullKeys ?? false,
    ...(profile === undefined ? {} : { profile }),
    ...(preemptions === undefined ? {} : { preemptions }),
    ...(maxStates === undefined ? {} : { states: maxStates }),
    ...(maxSeconds === undefined ? {} : { seconds: maxSeconds }),
    ...(maxMemory === undefined ? {} : { bytes: maxMemory }),
  };
}

function checkEngine(flags: ExploreFlags): void {
  const { engine, seed, runs, strategy, depth, fullKeys, maxStates, maxMemory, preemptions } = flags;
  const { persistentSets, sleepSets, symmetry, pageSymmetry, macroSteps, liveness } = flags;
  const owners: readonly (readonly [option: string, given: boolean, engine: EngineName])[] = [
    ["--seed", seed !== undefined, "random"],
    ["--runs", runs !== undefined, "random"],
    ["--strategy", strategy !== undefined, "random"],
    ["--depth", depth !== undefined, "random"],
    ["--no-persistent-sets", !persistentSets, "states"],
    ["--no-sleep-sets", !sleepSets, "states"],
    ["--no-symmetry", !symmetry, "states"],
    ["--no-page-symmetry", !pageSymmetry, "states"],
    ["--no-macro-steps", !macroSteps, "states"],
    ["--no-liveness", !liveness, "states"],
    ["--preemptions", preemptions !== undefined, "states"],
    ["--full-keys", fullKeys === true, "states"],
    ["--max-states", maxStates !== undefined, "states"],
    ["--max-memory", maxMemory !== undefined, "states"],
  ];
  const stray = owners.find(([, given, owner]) => given && owner !== engine);
  if (stray !== undefined) {
    throw new CliError("E_USAGE", `${stray[0]} goes with --engine ${stray[2]}; the engine here is ${engine}.`);
  }
  if (strategy === "walk" && depth !== undefined) {
    throw new CliError("E_USAGE", "--depth goes with --strategy pct: a walk has no depth.");
  }
}

function samplingFrom({ seed = 1, runs = 1000, strategy = "pct", depth = 3 }: ExploreFlags): Sampling {
  return { seed, runs, strategy: strategy === "walk" ? "walk" : { pct: depth } };
}

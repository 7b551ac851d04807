import type { ExploreLimits } from "../explore/explore-variant.ts";

/** The options that say how to explore, as the command line gives them. */
export interface ExploreFlags {
  readonly profile?: string;
  readonly persistentSets: boolean;
  readonly sleepSets: boolean;
  readonly symmetry: boolean;
  readonly macroSteps: boolean;
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

/** The same for the explorer. */
export function limitsFrom(flags: ExploreFlags): ExploreLimits {
  const { profile, persistentSets, sleepSets, symmetry, macroSteps } = flags;
  const { preemptions, memo, fullKeys, maxStates, maxSeconds, maxMemory, minimize } = flags;
  return {
    persistentSets,
    sleepSets,
    symmetry,
    macroSteps,
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

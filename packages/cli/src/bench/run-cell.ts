import { explore, NO_REDUCTION } from "@faultline/interleave";
import type { Cell } from "./cells.ts";
import scaling from "./scaling.scenario.ts";

/** What exploring one cell took. */
export interface CellResult {
  readonly states: number;
  readonly transitions: number;
  readonly passes: number;
  readonly reducerRuns: number;
  readonly seconds: number;
  /** Why it ended early; null when every ordering was covered. */
  readonly stopped: string | null;
}

/** Explores one cell, cold: called once in a process of its own. */
export function runCell({ n, p, persistentSets, budget }: Cell): CellResult {
  const { program } = scaling.instantiate(`n${n}p${p}`);
  const start = performance.now();
  const found = explore(program, {
    ...(persistentSets ? {} : NO_REDUCTION),
    ...(budget === undefined ? {} : { budget: { transitions: budget } }),
  });
  const seconds = (performance.now() - start) / 1000;
  const { states, totalTransitions, passes, reducerRuns, stopped } = found;
  return { states, transitions: totalTransitions, passes, reducerRuns, seconds, stopped: stopped ?? null };
}

import { canonical, textHash } from "@faultline/mm";
import type { ExploreOptions } from "../explore/options.ts";
import type { Program } from "../program.ts";

/**
 * Tells apart what must not be mixed: initial states, threads, what steps and rules do, and ways to explore. Budgets
 * are no part of it.
 */
export function identityOf({ machine, initial, threads }: Program, options: ExploreOptions): string {
  const { persistentSets, sleepSets, symmetry, pageSymmetry, macroSteps, fullKeys, fingerprintBits } = options;
  const parts = [
    initial.encode(),
    ...threads.map(({ task, name, daemon, source, start }) => `${task} ${name} ${daemon} ${textOf(source ?? start)}`),
    ...[...machine.steps].map(([op, { run }]) => `${op} ${textOf(run)}`),
    ...[...machine.stateRules, ...machine.endRules].map(({ name, check }) => `${name} ${textOf(check)}`),
    canonical([
      persistentSets ?? true,
      sleepSets ?? true,
      symmetry ?? true,
      pageSymmetry ?? true,
      macroSteps ?? true,
      fullKeys ?? false,
      fingerprintBits ?? 128,
    ]),
  ];
  return textHash(parts.join("\n"));
}

function textOf(code: object): string {
  return Function.prototype.toString.call(code);
}

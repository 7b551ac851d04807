import { wholeLocks } from "@faultline/mm";
import { explore } from "../explore/explore.ts";
import type { ExploreOptions } from "../explore/options.ts";
import type { Program, Thread } from "../program.ts";
import type { Ablation } from "./ablation.ts";
import { checkAblations } from "./check-ablations.ts";
import { Effects } from "./effects.ts";
import { callersOf, FrameLog, type Site } from "./frame-log.ts";
import { holdingAblations } from "./holding-ablations.ts";
import { rewriteThread } from "./rewrite.ts";

/** What can be left out of a program's threads. */
export interface Ablations {
  readonly ablations: readonly Ablation[];
  /** Why exploring ended early: then something may be missing. Undefined when every ordering was covered. */
  readonly stopped: string | undefined;
}

/**
 * Explores a program and finds the locks, checks and references that its threads take, by what their steps do to the
 * state and by how the code goes on after their results. What the threads never did is not among them, and is no check
 * what always had the same result. In order of threads; locks, then references, then checks.
 * @throws what {@link explore} throws
 */
export function ablationsOf(program: Program, options: ExploreOptions = {}): Ablations {
  const effects = new Effects();
  const logs = program.threads.map(() => new FrameLog());
  const watched = program.threads.reduce((all, { task }, i) => rewriteThread(all, task, logs[i]!.guest), {
    ...program,
    machine: effects.watch(program.machine),
  });
  const { stopped } = explore(watched, { ...options, minimize: false });
  const ablations = program.threads.flatMap((thread, i) => {
    const sites = logs[i]!.sites();
    const holdings = [...holdingAblations(thread, effects.all(), sites), ...callAblations(thread, sites)];
    return [
      ...holdings.filter(({ kind }) => kind === "lock"),
      ...holdings.filter(({ kind }) => kind === "reference"),
      ...checkAblations(thread, effects, sites),
    ];
  });
  return { ablations, stopped };
}

/** Procedures that are a lock as a whole. */
function callAblations({ task, name: thread }: Thread, sites: readonly Site[]): Ablation[] {
  return [...wholeLocks].flatMap(([name, { lock, result }]): Ablation[] => {
    if (!sites.some((site) => site.kind === "call" && site.name === name)) return [];
    const procedures = callersOf(sites, name);
    const plan = { kind: "call", name, result } as const;
    return [{ task, thread, kind: "lock", what: lock, steps: [name], procedures, plan }];
  });
}

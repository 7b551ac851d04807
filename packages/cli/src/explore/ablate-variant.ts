import {
  type Ablation,
  type AblationResult,
  ablationsOf,
  type ExploreOptions,
  runAblation,
} from "@faultline/interleave";
import { guarded } from "../scenario/guarded.ts";
import type { Explored } from "./explore-variant.ts";

/** One lock, check or reference left out, as `--json` shows it. */
export interface AblationRow extends Omit<Ablation, "task" | "plan">, Omit<AblationResult, "exploration"> {
  /** The results that a check was given; null for locks and references. */
  readonly results: readonly unknown[] | null;
}

/** What each lock, check and reference of a variant protects against. */
export interface AblationTable {
  readonly rows: readonly AblationRow[];
  /** Why rows may be missing; null: none is. */
  readonly stopped: string | null;
}

/**
 * Leaves out each lock, check and reference in turn. The limits of the exploration hold for each.
 * @param tick called with what is being left out
 */
export async function ablateVariant(explored: Explored, tick: (what: string) => void): Promise<AblationTable> {
  const { known, instance, exploration } = explored;
  const { ablations, stopped } = await guarded(known, (started) => {
    started(instance);
    return ablationsOf(instance.program, optionsFrom(explored));
  });
  const rows = ablations.map((ablation) => {
    tick(`${ablation.thread} without ${ablation.what}`);
    return rowOf(ablation, runAblation(instance.program, ablation, exploration, optionsFrom(explored)));
  });
  return { rows, stopped: stopped ?? null };
}

/** The limits of the exploration, begun anew. */
function optionsFrom({ limits }: Explored): ExploreOptions {
  const { persistentSets, memo, fullKeys, states, seconds, bytes } = limits;
  const start = performance.now();
  return {
    ...(persistentSets === undefined ? {} : { persistentSets }),
    ...(memo === undefined ? {} : { memo }),
    ...(fullKeys === undefined ? {} : { fullKeys }),
    minimize: false,
    budget: {
      ...(states === undefined ? {} : { states }),
      ...(bytes === undefined ? {} : { bytes }),
      ...(seconds === undefined ? {} : { expired: () => performance.now() - start >= 1000 * seconds }),
    },
  };
}

function rowOf({ thread, kind, what, steps, procedures, plan }: Ablation, result: AblationResult): AblationRow {
  const { verdict, rules, states, transitions, reason } = result;
  const results = plan.kind === "constant" ? plan.answers.map((answer) => answer.result) : null;
  return { thread, kind, what, steps, procedures, results, verdict, rules, states, transitions, reason };
}

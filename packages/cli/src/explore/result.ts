import type { Finding, PairFinding, Place, Reductions, Unreached } from "@faultline/interleave";
import type { Value } from "@faultline/mm";
import { formatSchedule } from "@faultline/trace";
import { shownPath } from "../scenario/shown-path.ts";
import type { AblationRow } from "./ablate-variant.ts";
import type { ExplanationResult } from "./explain-findings.ts";
import type { Counted } from "./counted.ts";
import type { Answer } from "./engines.ts";
import type { Explored } from "./explore-variant.ts";
import { judge } from "./judge.ts";

/** What an answer rests on. */
export interface Assumptions {
  readonly memoryModel: "sequential consistency";
  readonly profile: string;
  readonly rwsem: string;
  /** Every limit that was set, by its name. Empty: none. */
  readonly bounds: Readonly<Record<string, number>>;
  /** `none`, or what may fail, by name. */
  readonly injectedFailures: string;
  /** The chance that two states were taken for one is at most two to this; null: none, the answer rests on no such match. */
  readonly collisionLog2: number | null;
}

/** A finding, as `--json` shows it. */
export interface ViolationResult {
  readonly rule: string;
  readonly severity: string;
  readonly message: string;
  readonly wording: string;
  readonly source: string;
  /** The violating step and its thread; `end` and null for what is seen when all is over. */
  readonly step: string;
  readonly thread: string | null;
  readonly object: string;
  readonly events: number;
  readonly switches: number;
  readonly minimal: boolean;
  /** Lock classes taken in a circle, over all runs together: no single run need break the rule. */
  readonly potential: boolean;
  /** The last so many events go on for ever; null for what ends. */
  readonly loop: number | null;
  readonly schedule: string;
  /** Engine `random`: the seed that gives this run alone, with `--runs 1`. */
  readonly seed?: number;
  /** The trace file; null when it could not be written. */
  readonly trace: string | null;
  /** With `--all`: the pair of steps by which it comes about. */
  readonly pair?: { readonly step: Place; readonly against: Place | null };
  /** With `--explain`: null for what no single run shows. */
  readonly explanation?: ExplanationResult | null;
}

/** The reductions that took part, as `--json` shows them. */
export interface ReductionsResult extends Omit<Reductions, "whyNotAlike"> {
  readonly whyNotAlike: string | null;
}

/** What engine `states` did. */
interface StatesWork {
  readonly engine: "states";
  readonly states: number;
  readonly transitions: number;
  readonly totalTransitions: number;
  readonly passes: number;
  readonly reductions: ReductionsResult;
}

/** What engine `classes` did: one run per class, so it stores no states. */
interface ClassesWork {
  readonly engine: "classes";
  readonly states: null;
  readonly transitions: number;
  readonly runs: number;
  /** Runs that turned out to be redundant. */
  readonly blocked: number;
  /** Events of the longest run. */
  readonly longest: number;
}

/** What engine `random` did. */
interface RandomWork {
  readonly engine: "random";
  readonly states: number;
  readonly transitions: number;
  readonly runs: number;
  /** Runs cut off because they were too long. */
  readonly cut: number;
  readonly longest: number;
  /** Distinct classes seen. */
  readonly classesSeen: number;
  readonly strategy: "pct" | "walk";
  /** Of the first run; each run has the next one. */
  readonly seed: number;
  /** The chance at least which a run meets a bug of this depth; null for a walk, which has no bound. */
  readonly bound: {
    readonly chance: number;
    readonly depth: number;
    readonly threads: number;
    readonly steps: number;
  } | null;
}

export type Work = StatesWork | ClassesWork | RandomWork;

/** One variant's answer, as `--json` shows it. */
export type VariantResult = AnyResult & Work & Partial<Counted>;

interface AnyResult {
  readonly scenario: string;
  readonly slug: string | null;
  readonly file: string | null;
  readonly title: string;
  readonly fix: string | null;
  readonly cve: string | null;
  readonly note: string | null;
  readonly variant: string;
  readonly profile: string;
  readonly knobs: Readonly<Record<string, Value>>;
  readonly verdict: Answer["verdict"];
  /** Why exploring ended early; null when every ordering was covered. */
  readonly stopped: string | null;
  /** The file to go on from; null when exploring is over, or it cannot be gone on with. */
  readonly checkpoint: string | null;
  readonly reducerRuns: number;
  readonly seconds: number;
  readonly assumes: Assumptions;
  readonly unreached: readonly Unreached[];
  /** null: the scenario does not say what this variant does. */
  readonly asDeclared: boolean | null;
  readonly violations: readonly ViolationResult[];
  /** With `--all`: whether every pair was found. */
  readonly allPairs?: boolean;
  /** With `--all`: why pairs may be missing; null: none is. */
  readonly allPairsStopped?: string | null;
  /** With `--ablate`: what each lock, check and reference protects against. */
  readonly ablations?: readonly AblationRow[];
  /** With `--ablate`: why some may be missing; null: none is. */
  readonly ablationsStopped?: string | null;
}

/**
 * @param traces where each finding's trace was written, null where it could not be
 * @param checkpoint where to go on from, if there is such a place
 */
export function resultOf(
  explored: Explored,
  traces: readonly (string | null)[],
  checkpoint: string | null = null,
): VariantResult {
  const { known, instance, exploration, findings, seconds } = explored;
  const { scenario } = known;
  const { outcome } = judge(explored);
  const { reducerRuns, unreached } = exploration;
  return {
    scenario: known.name,
    slug: known.slug ?? null,
    file: known.file === undefined ? null : shownPath(known.file),
    title: scenario.title,
    fix: scenario.fix ?? null,
    cve: scenario.cve ?? null,
    note: scenario.note ?? null,
    variant: instance.variant,
    profile: instance.profile.name,
    knobs: { ...instance.knobs },
    verdict: exploration.verdict,
    stopped: exploration.stopped ?? null,
    checkpoint,
    ...workOf(exploration),
    reducerRuns,
    seconds: Number(seconds.toFixed(3)),
    ...explored.counted,
    assumes: assumptionsOf(explored),
    unreached,
    ...(explored.allPairs === undefined ? {} : pairsOf(explored.allPairs)),
    asDeclared: outcome === "undeclared" ? null : outcome === "as-declared",
    violations: findings.map((finding, i) => {
      const { rule, severity, message, op, task, object } = finding.violation;
      return {
        rule: rule.name,
        severity,
        message,
        wording: rule.wording,
        source: rule.source,
        step: op,
        thread: instance.program.threads.find((thread) => thread.task === task)?.name ?? null,
        object,
        events: finding.events.length,
        switches: finding.switches,
        minimal: finding.minimal,
        potential: finding.potential === true,
        loop: finding.loop ?? null,
        schedule: formatSchedule(finding.events),
        ...("seed" in finding && typeof finding.seed === "number" ? { seed: finding.seed } : {}),
        trace: traces[i] ?? null,
        ...pairOf(finding),
      };
    }),
  };
}

function pairsOf({ stopped }: NonNullable<Explored["allPairs"]>): Pick<VariantResult, "allPairs" | "allPairsStopped"> {
  return { allPairs: stopped === undefined, allPairsStopped: stopped ?? null };
}

function pairOf(finding: Finding & Partial<PairFinding>): Pick<ViolationResult, "pair"> {
  const { step, against = null } = finding;
  return step === undefined ? {} : { pair: { step, against } };
}

function workOf(exploration: Answer): Work {
  const { transitions } = exploration;
  switch (exploration.engine) {
    case "states": {
      const { states, totalTransitions, passes, reductions } = exploration.work;
      const { whyNotAlike = null, ...rest } = reductions;
      return {
        engine: "states",
        states,
        transitions,
        totalTransitions,
        passes,
        reductions: { ...rest, whyNotAlike },
      };
    }
    case "classes": {
      const { runs, blocked, longest } = exploration.work;
      return { engine: "classes", states: null, transitions, runs, blocked, longest };
    }
    case "random": {
      const { states, runs, cut, longest, classes, bound } = exploration.work;
      const { strategy, seed } = exploration.sampling;
      const drawn = { strategy: strategy === "walk" ? "walk" : "pct", seed, bound: bound ?? null } as const;
      return { engine: "random", states, transitions, runs, cut, longest, classesSeen: classes, ...drawn };
    }
  }
}

/** What the answer assumes. */
export function assumptionsOf({ instance, exploration, limits }: Explored): Assumptions {
  const bounds = {
    preemptions: limits.preemptions,
    states: limits.states,
    seconds: limits.seconds,
    bytes: limits.bytes,
  };
  const set = Object.entries(bounds).filter((entry): entry is [string, number] => entry[1] !== undefined);
  const collisionLog2 = exploration.engine === "states" ? exploration.work.collisionLog2 : -Infinity;
  return {
    memoryModel: "sequential consistency",
    profile: instance.profile.name,
    rwsem: instance.knobs.rwsem,
    bounds: Object.fromEntries(set),
    injectedFailures: instance.knobs.injectFailures.join(", ") || "none",
    collisionLog2: Number.isFinite(collisionLog2) ? collisionLog2 : null,
  };
}

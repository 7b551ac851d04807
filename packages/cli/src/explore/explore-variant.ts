import { CheckpointError, type ExploreOptions, type Finding, type Instance } from "@faultline/interleave";
import type { Severity } from "@faultline/mm";
import { type readCheckpoint, subjectOf } from "../checkpoint/checkpoint-files.ts";
import type { Subject } from "../checkpoint/checkpoint-format.ts";
import { guarded } from "../scenario/guarded.ts";
import type { KnownScenario } from "../scenario/known-scenario.ts";
import { count, type Counted } from "./counted.ts";
import type { EngineName } from "./engine-names.ts";
import { type Answer, runEngine, type Sampling } from "./engines.ts";

/** How a variant is explored. */
export interface ExploreLimits extends Omit<ExploreOptions, "onTerminal" | "budget" | "resume"> {
  readonly engine: EngineName;
  readonly sampling: Sampling;
  /** Count interleavings and classes too. */
  readonly count: boolean;
  readonly states?: number;
  readonly seconds?: number;
  readonly bytes?: number;
  /** Another kernel profile than the scenario's. */
  readonly profile?: string;
  /** Where an earlier exploration stopped. */
  readonly resume?: ReturnType<typeof readCheckpoint>;
}

/** Engine `states` with all its reductions and no limit. */
export const PLAIN_LIMITS: ExploreLimits = {
  engine: "states",
  sampling: { strategy: "walk", seed: 1, runs: 1 },
  count: false,
};

/** A variant and what exploring it gave. */
export interface Explored {
  readonly known: KnownScenario;
  readonly instance: Instance;
  readonly exploration: Answer;
  readonly findings: readonly Finding[];
  /** Seconds that exploring took; counting is not part of them. */
  readonly seconds: number;
  readonly counted: Counted | undefined;
  readonly limits: ExploreLimits;
  /** Set where the findings are one per pair of steps, with why pairs may be missing. */
  readonly allPairs?: { readonly stopped: string | undefined };
}

/**
 * Explores one variant of a scenario. What a user's file does wrong comes out as an error that names the file's line.
 * @param tick called now and then with the seconds that have passed
 */
export async function exploreVariant(
  known: KnownScenario,
  variant: string,
  limits: ExploreLimits,
  tick: (seconds: number) => void,
): Promise<Explored> {
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) / 1000;
  const expired = (): boolean => {
    tick(elapsed());
    return limits.seconds !== undefined && elapsed() >= limits.seconds;
  };
  return guarded(known, (started) => {
    const { profile, states, bytes, resume, ...options } = limits;
    const instance = known.scenario.instantiate(variant, profile === undefined ? {} : { profile });
    started(instance);
    const budget = { ...(states === undefined ? {} : { states }), ...(bytes === undefined ? {} : { bytes }), expired };
    if (resume !== undefined) mustBeFor(resume.subject, subjectOf(known.name, instance));
    const exploration = runEngine(instance.program, {
      ...options,
      budget,
      ...(resume === undefined ? {} : { resume: resume.checkpoint }),
    });
    const findings = exploration.findings.toSorted(bySeverity);
    const seconds = elapsed();
    const counted = limits.count ? count(instance, expired) : undefined;
    return { known, instance, exploration, findings, seconds, counted, limits };
  });
}

/** Asks whether the time for a variant is up: what exploring took of it is gone. Undefined: it may take any time. */
export function timeLeft({ limits, seconds }: Explored): (() => boolean) | undefined {
  if (limits.seconds === undefined) return undefined;
  const end = performance.now() + 1000 * (limits.seconds - seconds);
  return () => performance.now() >= end;
}

function mustBeFor(subject: Subject, wanted: Subject): void {
  const text = ({ scenario, variant, profile }: Subject): string => `${scenario} ${variant} under ${profile}`;
  if (text(subject) === text(wanted)) return;
  throw new CheckpointError(`the checkpoint is for ${text(subject)}, not for ${text(wanted)}`);
}

/** The worst first, then the shortest; the order that the explorer gives decides between equals. */
export function bySeverity(a: Finding, b: Finding): number {
  return rank(a.violation.severity) - rank(b.violation.severity) || a.events.length - b.events.length;
}

/** S0 is 0: the lower, the worse. */
export function rank(severity: Severity): number {
  return Number(severity.slice(1));
}

import { explain, type Explanation, type Occurrence } from "@faultline/interleave";
import type { Explored } from "./explore-variant.ts";

/** A step of a run, as `--json` shows it. */
export interface StepResult {
  readonly thread: string;
  readonly procedure: string | null;
  readonly step: string;
  /** Number of the event in the run; null for a step that comes later, or that waits. */
  readonly event: number | null;
  /** The n-th step of this name that its thread makes, from 1. */
  readonly nth: number;
  /** The outcome that it took, where it has several. Needs mean this outcome; a reversal means any. */
  readonly choice: string | null;
}

/** Why a finding comes about, as `--json` shows it. */
export interface ExplanationResult {
  /** Pairs of steps, in the order of the run, whose reversal makes the bug go away. */
  readonly reversals: readonly { readonly first: StepResult; readonly second: StepResult }[];
  /** Pairs of which the budget left that open. */
  readonly undecided: readonly { readonly first: StepResult; readonly second: StepResult }[];
  /** `smallest`: every run that meets `needs` breaks the rule, and no fewer will do. */
  readonly verdict: "smallest" | "not-enough" | "undecided";
  /** Why something is undecided; null when nothing is. */
  readonly stopped: string | null;
  /** `first` before `second`; without `first`, `second` with its outcome. `waits`: it is still waiting in the end. */
  readonly needs: readonly {
    readonly first: StepResult | null;
    readonly second: StepResult;
    readonly waits: boolean;
  }[];
}

/**
 * Explains each finding; null for one that no single run shows.
 * @param expired whether time is up
 */
export function explainFindings(
  { instance, findings }: Explored,
  expired: (() => boolean) | undefined,
): (ExplanationResult | null)[] {
  const options = expired === undefined ? {} : { expired };
  return findings.map((finding) =>
    finding.potential === true ? null : explanationResult(explain(instance.program, finding, options)),
  );
}

function explanationResult({ reversals, undecided, needs, stopped, length }: Explanation): ExplanationResult {
  const stepOf = ({ thread, procedure, op, event, nth, choice }: Occurrence): StepResult => ({
    thread,
    procedure,
    step: op,
    event: event < length ? event : null,
    nth,
    choice,
  });
  const pairOf = ({ first, second }: Explanation["reversals"][number]): ExplanationResult["reversals"][number] => ({
    first: stepOf(first),
    second: stepOf(second),
  });
  const requirements = needs.kind === "smallest" ? needs.requirements : [];
  return {
    reversals: reversals.map(pairOf),
    undecided: undecided.map(pairOf),
    verdict: needs.kind,
    stopped: stopped ?? null,
    needs: requirements.map(({ first, second, waits }) => ({
      first: first === null ? null : stepOf(first),
      second: stepOf(second),
      waits,
    })),
  };
}

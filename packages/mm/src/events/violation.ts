/**
 * S0 memory safety, S1 privilege, S2 data race, S3 BUG_ON, S4 deadlock, livelock or sleeping in atomic context,
 * S5 leak or starvation, S6 weird state. S0 and S1 must be unreachable through a safe API.
 */
export type Severity = "S0" | "S1" | "S2" | "S3" | "S4" | "S5" | "S6";

/** What must hold. */
export interface Rule {
  /** Stable name, for instance `VMA-LIVE`. */
  readonly name: string;
  readonly severity: Severity;
  /** What must hold, in a sentence. */
  readonly wording: string;
  /** The kernel source or message that sets the rule. */
  readonly source: string;
}

/** A rule that a step broke. Data, not an exception: the run goes on. */
export interface Violation {
  readonly rule: Rule;
  readonly severity: Severity;
  readonly task: number;
  /** The step at which it broke: an op, or `end` when the run is over. */
  readonly op: string;
  /** The object concerned, with its generation: `vma:0#1`. */
  readonly object: string;
  readonly message: string;
}

/** Identity of a violation within a run: the same rule broken twice by the same step on the same object is one. */
export function violationKey(violation: Violation): string {
  return `${violation.rule.name} ${violation.op} ${violation.object}`;
}

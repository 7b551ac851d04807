import type { Operation } from "../list/operation.ts";
import type { ResultLine } from "../result/result-line.ts";
import { flagsOf, FLAGS, FLAGS_LEFT_OUT } from "./flags.ts";
import { ADVICE_LEFT_OUT } from "../generate/advice.ts";
import { MERGE_RULES } from "./merge-rules.ts";
import { OUTCOMES, OUTCOMES_LEFT_OUT } from "./errnos.ts";
import { Reached } from "./reached.ts";

/** What lists have reached: operations with what they gave, flags, merge rules. */
export class Coverage {
  readonly outcomes = new Reached(
    "operation and outcome",
    Object.entries(OUTCOMES).flatMap(([op, outcomes]) => outcomes.map((outcome) => `${op} ${outcome}`)),
    OUTCOMES_LEFT_OUT,
  );
  readonly flags = new Reached(
    "flag, protection or advice of a call that succeeds",
    FLAGS,
    new Map([...FLAGS_LEFT_OUT, ...[...ADVICE_LEFT_OUT].map(([number, why]) => [`madvise ${number}`, why] as const)]),
  );
  readonly merges = new Reached("merge rule", MERGE_RULES);

  get families(): readonly Reached[] {
    return [this.outcomes, this.flags, this.merges];
  }

  note(operation: Operation, results: readonly ResultLine[], merges: readonly string[]): void {
    for (const line of results) {
      const op = line.child === true ? "child touches" : operation.op;
      const touched = line.touch === undefined || /^[0-9]/u.test(line.touch) ? "ok" : line.touch;
      if (line.touch !== "-") this.outcomes.note(`${op} ${line.err ?? touched}`);
    }
    if (results.at(-1)?.err === undefined) for (const flag of flagsOf(operation)) this.flags.note(flag);
    for (const rule of merges) this.merges.note(rule);
  }

  never(): readonly string[] {
    return this.families.flatMap((family) => family.never().map((what) => `${family.name}: ${what}`));
  }
}

/** The report as lines of text: each family, how often each was reached, and what is left out and why. */
export function renderCoverage(coverage: Coverage): readonly string[] {
  return coverage.families.flatMap((family) => [
    family.name,
    ...family.counts().map(([what, times]) => `  ${String(times).padStart(9)}  ${what}`),
    ...(family.leftOut.size === 0 ? [] : ["  left out:"]),
    ...[...family.leftOut].map(([what, why]) => `             ${what}: ${why}`),
    "",
  ]);
}

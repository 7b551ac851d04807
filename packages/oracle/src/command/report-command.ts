import { reachedByLists } from "../live/differential.ts";
import { PLAIN_MACHINE } from "../process/machine.ts";
import { renderCoverage } from "../report/coverage.ts";
import { whole } from "./usage-error.ts";

const DEFAULT = 20_000;
const NEWEST_RECORDED = "linux-6.18";

/** What the generator's lists reach on the model: each outcome, flag and merge rule, how often; 1 where one never is. */
export function reportCommand(
  values: {
    readonly ops?: string | undefined;
    readonly seed?: string | undefined;
    readonly profile?: string | undefined;
  },
  say: (text: string) => void,
): number {
  const operations = whole("ops", values.ops, DEFAULT, 1);
  const seed = whole("seed", values.seed, 1, 0);
  const profile = values.profile ?? NEWEST_RECORDED;
  const coverage = reachedByLists({ profile, machine: PLAIN_MACHINE }, { operations, seed });
  for (const line of renderCoverage(coverage)) say(line);
  const never = coverage.never();
  for (const what of never) say(`never: ${what}`);
  say(
    `${operations} operations of seed ${seed} on ${profile}: ${never.length === 0 ? "none" : never.length} never reached`,
  );
  return never.length === 0 ? 0 : 1;
}

import type { Instance } from "@faultline/interleave";
import type { Value } from "@faultline/mm";
import { threadNames } from "../run/thread-names.ts";
import type { KnownScenario } from "../scenario/known-scenario.ts";

/** What the header of a scenario's trace says of it. */
export function runMeta(known: KnownScenario, { variant, profile, knobs, program }: Instance): Record<string, Value> {
  const { title, fix, cve } = known.scenario;
  return {
    scenario: known.name,
    variant,
    title,
    profile: profile.name,
    knobs: { ...knobs },
    threads: threadNames(program.threads),
    ...(fix === undefined ? {} : { fix }),
    ...(cve === undefined ? {} : { cve }),
  };
}

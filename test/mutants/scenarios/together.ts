import { type Body, type Scenario, scenario } from "@faultline/interleave";
import type { Failure, Kernel, Knobs, Steps, Value } from "@faultline/mm";
import { type ActName, actOf } from "./acts.ts";
import type { MutantScenario } from "./mutant-scenario.ts";
import { makerOf, type PlaceName } from "./places.ts";

/** A thread that does something and remembers what it was told, in a word of its name, as a litmus test does. */
export function remembers(name: string, mm: number | null, run: (k: Kernel) => Steps<Value>, daemon = false): Body {
  const body = function* (k: Kernel): Steps<null> {
    return yield* k.writeOnce(name, yield* run(k));
  };
  return mm === null ? { daemon, run: body } : { mm, daemon, run: body };
}

/** These acts at once at one place, each by a thread of its own. */
export function together(at: PlaceName, profiles: readonly string[], ...names: readonly ActName[]): MutantScenario {
  const name = `${at}: ${names.join(" | ")}`;
  return { name, profiles, scenario: scenarioOf(name, at, profiles[0]!, {}, names) };
}

/** The same in a kernel that may fail where it asks for these. */
export function failing(
  what: Failure,
  at: PlaceName,
  profiles: readonly string[],
  ...names: readonly ActName[]
): MutantScenario {
  const name = `${at}, ${what} may fail: ${names.join(" | ")}`;
  return { name, profiles, scenario: scenarioOf(name, at, profiles[0]!, { injectFailures: [what] }, names) };
}

/** Each of some acts against each of others, at one place. */
export function eachAgainst(
  at: PlaceName,
  profiles: readonly string[],
  some: readonly ActName[],
  others: readonly ActName[],
): MutantScenario[] {
  return some.flatMap((one) => others.map((other) => together(at, profiles, one, other)));
}

function scenarioOf(
  title: string,
  at: PlaceName,
  profile: string,
  kernel: Partial<Knobs>,
  names: readonly ActName[],
): Scenario {
  return scenario({
    title,
    profile,
    kernel,
    variants: { only: {} },
    setup: makerOf(at),
    threads: (place) =>
      Object.fromEntries(
        names.map((name, i) => {
          const act = actOf(name);
          const thread = `thread${i + 1}`;
          return [
            thread,
            remembers(thread, act.foreign === true ? null : place.mm, (k) => act.run(k, place), act.daemon),
          ];
        }),
      ),
  });
}

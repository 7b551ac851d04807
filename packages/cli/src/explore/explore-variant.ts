import { explore, type Exploration, type ExploreOptions, type Finding, type Instance } from "@faultline/interleave";
import type { Severity } from "@faultline/mm";
import type { KnownScenario } from "../scenario/known-scenario.ts";

/** How a variant is explored. */
export interface ExploreLimits extends Omit<ExploreOptions, "onTerminal" | "budget"> {
  readonly states?: number;
  readonly seconds?: number;
  readonly bytes?: number;
  /** Another kernel profile than the scenario's. */
  readonly profile?: string;
}

/** A variant and what exploring it gave. */
export interface Explored {
  readonly known: KnownScenario;
  readonly instance: Instance;
  readonly exploration: Exploration;
  readonly findings: readonly Finding[];
  readonly seconds: number;
  readonly limits: ExploreLimits;
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
  let instance: Instance | undefined;
  try {
    instance = known.scenario.instantiate(variant, limits.profile === undefined ? {} : { profile: limits.profile });
    const budget = {
      ...(limits.states === undefined ? {} : { states: limits.states }),
      ...(limits.bytes === undefined ? {} : { bytes: limits.bytes }),
      expired,
    };
    const exploration = explore(instance.program, { ...limits, budget });
    const findings = exploration.findings.toSorted(bySeverity);
    return { known, instance, exploration, findings, seconds: elapsed(), limits };
  } catch (error) {
    if (known.file === undefined) throw error;
    const { blame } = await import("../scenario/blame.ts");
    throw await blame(withThread(error, instance), known.file);
  }
}

/** The worst first, then the shortest; the order that the explorer gives decides between equals. */
function bySeverity(a: Finding, b: Finding): number {
  return rank(a.violation.severity) - rank(b.violation.severity) || a.events.length - b.events.length;
}

/** S0 is 0: the lower, the worse. */
export function rank(severity: Severity): number {
  return Number(severity.slice(1));
}

/** Tells which of the user's functions an error is about, where it names a thread. */
function withThread(error: unknown, instance: Instance | undefined): unknown {
  if (!(error instanceof Error) || instance === undefined) return error;
  const byName = "thread" in error ? error.thread : undefined;
  const byTask = Number(/ by task (\d+): /.exec(error.message)?.[1]);
  const thread = instance.program.threads.find(({ name, task }) => name === byName || task === byTask);
  if (thread === undefined) return error;
  const code = (thread.source ?? thread.start) as () => unknown;
  return Object.assign(error, { threadSource: String(code) });
}

import { type Budget, type Exploration, explore, type Program, ThreadError } from "@faultline/interleave";
import { MADE } from "./sub-step.ts";

/** What a program shows of its procedures: what mutants are told by. */
export interface Observation {
  /** The explorer's verdict, or the code of the error with which a thread ended the search. */
  readonly verdict: string;
  /** Rules broken, each with its object and step. */
  readonly violations: ReadonlySet<string>;
  /** How runs end, each with the whole state. */
  readonly endings: ReadonlySet<string>;
  readonly states: number;
}

/** Explores every order, within a budget: a mutant may make endlessly many states. */
export function observe(program: Program, budget: Budget): Observation {
  const endings = new Set<string>();
  let result: Exploration;
  try {
    result = explore(program, {
      minimize: false,
      // What goes on for ever is looked for on the whole graph, which would take longer than all the rest.
      liveness: false,
      // The budget counts states that are stored.
      macroSteps: false,
      budget,
      onTerminal: (ending, state) => endings.add(`${ending}\n${state()}`),
    });
  } catch (error) {
    if (error instanceof ThreadError && error.code === "E_THREAD_ENDLESS") {
      return { verdict: error.code, violations: new Set(), endings: new Set(), states: 0 };
    }
    throw error;
  }
  return { verdict: result.verdict, violations: violationsOf(result), endings, states: result.states };
}

function violationsOf({ findings }: Exploration): Set<string> {
  return new Set(
    findings.map(({ violation: { rule, object, op }, potential }) =>
      // Classes of locks in both orders are no matter of one step.
      potential === true ? `${rule.name} ${object}` : `${rule.name} ${object} ${op.replace(MADE_STEP, "")}`,
    ),
  );
}

const MADE_STEP = new RegExp(`^${MADE}\\w+:`);

/** The first thing in which what was seen differs from what should be; undefined when nothing does. */
export function difference(expected: Observation, seen: Observation): string | undefined {
  const fresh = [...seen.violations].find((one) => !expected.violations.has(one));
  if (fresh !== undefined) return `${fresh.split(" ")[0]!} breaks`;
  const gone = [...expected.violations].find((one) => !seen.violations.has(one));
  if (gone !== undefined && seen.verdict !== "inconclusive") return `${gone.split(" ")[0]!} no longer breaks`;
  if (seen.verdict !== expected.verdict) return `${seen.verdict} in place of ${expected.verdict}`;
  if (![...seen.endings].every((one) => expected.endings.has(one))) return "another final state";
  return seen.endings.size === expected.endings.size ? undefined : "a final state less";
}

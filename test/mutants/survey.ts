import type { Program } from "@faultline/interleave";
import type { AnyStep } from "@faultline/mm";
import { type Observation, observe } from "./observe.ts";
import type { Trial } from "./programs.ts";
import { visiting } from "./runtime.ts";
import { isOwn } from "./sub-step.ts";

/** States of the model beyond which a program is too large to be tried on hundreds of mutants. */
const LARGE = 20_000;

/** A program with what the model, unchanged, shows on it. */
export interface Surveyed {
  readonly name: string;
  readonly program: Program;
  readonly expected: Observation;
  /** The sites that its threads reach. */
  readonly sites: ReadonlySet<string>;
}

/** What the model does on all programs. */
export interface Survey {
  /** Smallest first: they are tried first. */
  readonly programs: readonly Surveyed[];
  /** Steps that some run has made. */
  readonly executed: ReadonlySet<string>;
  /** Steps that some run has seen write what others look at. */
  readonly writers: ReadonlySet<string>;
  /** Steps that some run has seen look at or write what is not the task's alone. */
  readonly visible: ReadonlySet<string>;
}

/** Explores every program, with nothing mutated. Its set-up is never mutated: mutants start where the model does. */
export function survey(trials: readonly Trial[]): Survey {
  const seen = { executed: new Set<string>(), writers: new Set<string>(), visible: new Set<string>() };
  const programs = trials.flatMap((trial): Surveyed[] => {
    const sites = new Set<string>();
    const program = trial.program();
    const expected = visiting(sites, () => observe(watched(program, seen), { states: LARGE }));
    if (expected.states >= LARGE) throw new Error(`${trial.name} is too large: ${expected.states} states`);
    return sites.size === 0 ? [] : [{ name: trial.name, program, expected, sites }];
  });
  return { programs: programs.sort((a, b) => a.expected.states - b.expected.states), ...seen };
}

/** The same program, with a note of what its steps do. */
function watched(program: Program, seen: Record<"executed" | "writers" | "visible", Set<string>>): Program {
  const steps = new Map(
    [...program.machine.steps].map(([op, step]) => {
      const run: AnyStep["run"] = (tx, ...args) => {
        const outcome = step.run(tx, ...args);
        seen.executed.add(op);
        const written = [...tx.writes.keys()].some((ref) => !isOwn(ref));
        if (written) seen.writers.add(op);
        if (written || [...tx.reads.keys()].some((ref) => !isOwn(ref))) seen.visible.add(op);
        return outcome;
      };
      return [op, { op, run }];
    }),
  );
  return { ...program, machine: { ...program.machine, steps } };
}

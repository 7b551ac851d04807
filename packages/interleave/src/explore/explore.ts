import type { Program } from "../program.ts";
import type { Exploration } from "./exploration.ts";
import type { ExploreOptions } from "./options.ts";
import { Search } from "./search.ts";

/**
 * Explores every ordering of a program's steps.
 * A run ends where no thread is enabled; the machine's end rules are checked where every thread has finished (a daemon
 * may wait), and a thread that waits for ever breaks NO-STUCK. A step that breaks a rule is recorded and the run goes
 * on; one that is stopped (an oops) ends its thread alone, which keeps what it holds.
 * @throws ThreadError for a thread that throws, yields what is no step, is not deterministic, or loops without a step
 */
export function explore(program: Program, options: ExploreOptions = {}): Exploration {
  return new Search(program, options).run();
}

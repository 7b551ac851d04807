import type { Budget } from "@faultline/interleave";
import type { Ledger } from "./ledger.ts";
import type { Mutant } from "./mutant.ts";
import { difference, observe } from "./observe.ts";
import { activate, everPaired } from "./runtime.ts";
import type { Survey, Surveyed } from "./survey.ts";

/** What a mutant may make of a program of so many states before it counts as endless. */
function budgetOf(states: number): Budget {
  return { states: Math.max(3_000, 8 * states), transitions: Math.max(60_000, 100 * states) };
}

/** What became of a mutant. */
export type Fate =
  | { readonly kind: "killed"; readonly by: string; readonly shows: string }
  /** `tried`: on how many programs that reach its step. */
  | { readonly kind: "survived"; readonly tried: number }
  /** No mutant: its code cannot run, or changes nothing that could be seen. */
  | { readonly kind: "void"; readonly why: string };

/** Tries mutants one after the other, on likely killers first. */
export class Court {
  readonly #survey: Survey;
  readonly #ledger: Ledger;
  /** How many mutants of a function each program has killed. */
  readonly #kills = new Map<string, Map<string, number>>();

  constructor(survey: Survey, ledger: Ledger) {
    this.#survey = survey;
    this.#ledger = ledger;
  }

  /** Tries a mutant on every program that reaches its step, until one shows a difference. */
  try(mutant: Mutant): Fate {
    if (mutant.writer !== undefined && !this.#survey.writers.has(mutant.writer)) {
      return { kind: "void", why: `${mutant.writer} writes nothing` };
    }
    const alone = mutant.parties?.find((group) => group.every((step) => this.#isPrivate(step)));
    if (alone !== undefined) return { kind: "void", why: `nobody else can notice ${alone.join(" or ")}` };
    const programs = this.#inOrder(mutant);
    let changed = mutant.kind !== "merge";
    for (const { name, program, expected } of programs) {
      const fate = tryOn(mutant, { name, program, expected });
      changed ||= everPaired();
      if (fate === undefined) continue;
      if (fate.kind === "killed") this.#noteKill(mutant, name);
      return fate;
    }
    if (!changed && programs.length > 0) return { kind: "void", why: "the two never come one right after the other" };
    return { kind: "survived", tried: programs.length };
  }

  /** Whether a step was seen, and never seen to touch what is not its task's alone. */
  #isPrivate(step: string): boolean {
    return this.#survey.executed.has(step) && !this.#survey.visible.has(step);
  }

  /** Who killed it last time, then who killed most of its function's mutants, then the smallest. */
  #inOrder(mutant: Mutant): Surveyed[] {
    const last = this.#ledger.killed[mutant.key]?.by;
    const kills = this.#kills.get(functionOf(mutant));
    const rank = ({ name }: Surveyed): number => (name === last ? Infinity : (kills?.get(name) ?? 0));
    return this.#survey.programs
      .filter(({ sites }) => mutant.sites.some((site) => sites.has(site)))
      .sort((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)));
  }

  #noteKill(mutant: Mutant, program: string): void {
    const name = functionOf(mutant);
    const kills = this.#kills.get(name) ?? new Map<string, number>();
    this.#kills.set(name, kills);
    kills.set(program, (kills.get(program) ?? 0) + 1);
  }
}

/** What one program makes of a mutant: undefined when it sees no difference. */
export function tryOn(mutant: Mutant, { name, program, expected }: Omit<Surveyed, "sites">): Fate | undefined {
  activate(mutant.key);
  try {
    const seen = observe(program, budgetOf(expected.states));
    const shows = difference(expected, seen);
    return shows === undefined ? undefined : { kind: "killed", by: name, shows };
  } catch (error) {
    return { kind: "void", why: error instanceof Error ? error.message : String(error) };
  } finally {
    activate(undefined);
  }
}

function functionOf({ key }: Mutant): string {
  return key.slice(0, key.indexOf(":"));
}

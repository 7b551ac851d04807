import { Script } from "node:vm";
import type { CallLedger } from "./ledger.ts";
import type { CallMutant } from "./mutant.ts";
import type { CallProgram } from "./programs.ts";
import { activate, visiting } from "./runtime.ts";

/** What became of a mutant. */
export type CallFate =
  | { readonly kind: "killed"; readonly by: string; readonly shows: string }
  /** `tried`: on how many programs that reach it. */
  | { readonly kind: "survived"; readonly tried: number };

/** A program with what the model, unchanged, reaches on it. */
interface Surveyed {
  readonly program: CallProgram;
  readonly reached: Uint8Array;
  readonly looks: number;
}

/** How many times the looks of the model a mutant may take before it counts as endless. */
const PATIENCE = 20;
const LEAST = 20_000;

/** Tries mutants one after the other, each on the programs that reach it, likely killers first. */
export class CallCourt {
  readonly #surveyed: readonly Surveyed[];
  readonly #ledger: CallLedger;
  /** How many mutants of a target each program has killed. */
  readonly #kills = new Map<string, number>();

  /** @throws Error for a program that the model itself fails */
  constructor(programs: readonly CallProgram[], mutants: number, ledger: CallLedger) {
    this.#ledger = ledger;
    this.#surveyed = programs
      .flatMap((program): Surveyed[] => {
        let shows: string | undefined;
        const survey = visiting(mutants, () => (shows = program.run()));
        if (shows !== undefined && program.optional === true) return [];
        if (shows !== undefined) throw new Error(`the model itself fails ${program.name}: ${shows}`);
        return [{ program, ...survey }];
      })
      .sort((a, b) => a.looks - b.looks);
  }

  /** @param number of the mutant among all */
  try(mutant: CallMutant, number: number): CallFate {
    const programs = this.#inOrder(mutant, number);
    for (const { program, looks } of programs) {
      const shows = shownBy(program.run, number, looks);
      if (shows === undefined) continue;
      const kills = `${mutant.target} ${program.name}`;
      this.#kills.set(kills, (this.#kills.get(kills) ?? 0) + 1);
      return { kind: "killed", by: program.name, shows };
    }
    return { kind: "survived", tried: programs.length };
  }

  /** Whether a mutant shows on one program. */
  isKilled(number: number, name: string): boolean {
    const surveyed = this.#surveyed.find(({ program }) => program.name === name)!;
    return shownBy(surveyed.program.run, number, surveyed.looks) !== undefined;
  }

  /** Who killed it last time, then who killed most of its target's mutants, then the shortest. */
  #inOrder({ key, target }: CallMutant, number: number): Surveyed[] {
    const last = this.#ledger[key];
    const rank = ({ program: { name } }: Surveyed): number =>
      name === last ? Infinity : (this.#kills.get(`${target} ${name}`) ?? 0);
    return this.#surveyed
      .filter(({ reached }) => reached[number] === 1)
      .sort((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)));
  }
}

/** Longest that a program may take with a mutant, in milliseconds, where it looks at none meanwhile. */
const LONGEST = 15_000;
const CALL = new Script("globalThis[Symbol.for('faultline.run')]()");

/** @throws Error for what goes on for ever */
function inTime<T>(run: () => T): T {
  Object.assign(globalThis, { [Symbol.for("faultline.run")]: run });
  return CALL.runInThisContext({ timeout: LONGEST }) as T;
}

/** What a mutant shows on a program; undefined for what the model shows. */
function shownBy(run: () => string | undefined, mutant: number, looks: number): string | undefined {
  activate(mutant, LEAST + PATIENCE * looks);
  try {
    return inTime(run);
  } catch (error) {
    return error instanceof Error ? error.message.split("\n")[0]! : String(error);
  } finally {
    activate(-1);
  }
}

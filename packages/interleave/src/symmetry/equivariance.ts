import {
  apply,
  canonical,
  type Machine,
  type Ref,
  type Source,
  type StepEvent,
  type Transition,
  type Value,
  violationKey,
} from "@faultline/mm";
import { NotAlikeError } from "../thread/errors.ts";
import type { Program } from "../program.ts";
import type { Alike } from "./alike.ts";
import { type Exchange, exchangesOf } from "./exchanges.ts";
import { isRenamed, type Renaming, renameName, renameRef, renameValue, SAME } from "./rename.ts";

/**
 * Holds a step against the same step of the renamed state: with two interchangeable threads exchanged, and the pages that
 * go with them, it must do the same, renamed. A step that treats tasks by their number or pages by their address, or
 * writes one where no kind says so, is found here.
 */
export class Equivariance {
  readonly #machine: Machine;
  readonly #threadOf: ReadonlyMap<number, number>;
  readonly #exchanges: readonly Exchange[];

  constructor(program: Program, alike: Alike) {
    this.#machine = program.machine;
    this.#threadOf = new Map(program.threads.map(({ task }, thread) => [task, thread]));
    this.#exchanges = exchangesOf(program, alike);
  }

  /**
   * Checks one run of a reducer.
   * @param as the same event as another thread of the same program makes it
   * @returns what the same steps of renamed states read and this one did not, named as in this state: as long as these
   * have their values too, the check holds. In an order that only what was read before decides.
   * @throws NotAlikeError when one of them does not do the same
   */
  check(source: Source, event: StepEvent, done: Transition, as: (thread: number) => StepEvent): readonly Ref[] {
    const thread = this.#threadOf.get(event.task)!;
    const also = new Set<Ref>();
    for (const exchange of this.#exchanges) {
      const image = exchange.moves.get(thread);
      const exchanged = image === undefined || image === thread ? event : as(image);
      for (const ref of this.#compare(source, exchanged, done, exchange).reads.keys()) {
        const here = renameRef(ref, exchange.back);
        if (!done.reads.has(here)) also.add(here);
      }
    }
    return [...also];
  }

  /** Whether that event of the renamed state does what was done, renamed. */
  #compare(source: Source, event: StepEvent, done: Transition, { moves, there, back }: Exchange): Transition {
    const renamed: Source = {
      get: <T extends Value>(ref: Ref<T>): T => renameValue(ref, source.get<Value>(renameRef(ref, back)), there) as T,
    };
    const other = apply(this.#machine, renamed, event);
    const alike =
      done.status === other.status &&
      canonical(done.result) === canonical(other.result) &&
      done.choicePoint?.options.join() === other.choicePoint?.options.join() &&
      sameWrites(done, renamed, other, there) &&
      sameWrites(other, source, done, back) &&
      keys(done, there) === keys(other, SAME);
    if (!alike) throw new NotAlikeError(`${event.op} does not treat ${this.#namesOf(moves)} alike`);
    return other;
  }

  /** `tasks 1 and 2`. */
  #namesOf(moves: Exchange["moves"]): string {
    const moved = [...this.#threadOf].filter(([, thread]) => (moves.get(thread) ?? thread) !== thread);
    return `tasks ${moved.map(([task]) => task).join(" and ")}`;
  }
}

/** Whether all that the one writes is, renamed, what the other's state then has. */
function sameWrites(one: Transition, from: Source, other: Transition, rename: Renaming): boolean {
  for (const [ref, value] of one.writes) {
    const there = renameRef(ref, rename);
    const got = other.writes.has(there) ? other.writes.get(there)! : from.get(there);
    if (!isRenamed(ref, value, got, rename)) return false;
  }
  return true;
}

function keys({ violations }: Transition, rename: Renaming): string {
  return violations
    .map((violation) => `${rename.task(violation.task)} ${renameName(violationKey(violation), rename)}`)
    .sort()
    .join("\n");
}

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
import { type Alike, namedOf } from "./alike.ts";
import { exchange, isRenamed, type Renaming, renameName, renameRef, renameValue, SAME } from "./rename.ts";

/** Two threads that are neighbours in their set, and what exchanges them. */
interface Pair {
  readonly threads: readonly [number, number];
  readonly renaming: Renaming;
}

/**
 * Holds a step against the same step of the renamed state: with two interchangeable threads exchanged, and the pages that
 * go with them, it must do the same, renamed. A step that treats tasks by their number or pages by their address, or
 * writes one where no kind says so, is found here.
 */
export class Equivariance {
  readonly #machine: Machine;
  readonly #threadOf: ReadonlyMap<number, number>;
  /** Exchanges of these make all others. */
  readonly #pairs: readonly Pair[];
  #turn = 0;

  constructor(program: Program, alike: Alike) {
    this.#machine = program.machine;
    this.#threadOf = new Map(program.threads.map(({ task }, thread) => [task, thread]));
    const named = (thread: number): ReturnType<typeof namedOf> => namedOf(program, alike, thread);
    this.#pairs = alike.sets.flatMap((members) =>
      members.slice(1).map((thread, i): Pair => {
        const threads = [members[i]!, thread] as const;
        return { threads, renaming: exchange(named(threads[0]), named(threads[1])) };
      }),
    );
  }

  /**
   * Checks one run of a reducer, by one exchange that moves its thread and by one more, each in its turn.
   * @param as the same event as another thread of the same program makes it
   * @throws NotAlikeError when the step does not do the same
   */
  check(source: Source, event: StepEvent, transition: Transition, as: (thread: number) => StepEvent): void {
    const thread = this.#threadOf.get(event.task)!;
    const own = this.#pairs.find(({ threads }) => threads.includes(thread));
    const other = this.#pairs[this.#turn++ % this.#pairs.length]!;
    for (const pair of own === undefined || own === other ? [other] : [own, other]) {
      const [a, b] = pair.threads;
      const exchanged = thread === a ? as(b) : thread === b ? as(a) : event;
      this.#compare(source, exchanged, transition, pair);
    }
  }

  /** Whether that event of the renamed state does what was done, renamed. */
  #compare(source: Source, event: StepEvent, done: Transition, { renaming: rename }: Pair): void {
    const renamed: Source = {
      get: <T extends Value>(ref: Ref<T>): T =>
        renameValue(ref, source.get<Value>(renameRef(ref, rename)), rename) as T,
    };
    const other = apply(this.#machine, renamed, event);
    const alike =
      done.status === other.status &&
      canonical(done.result) === canonical(other.result) &&
      done.choicePoint?.options.join() === other.choicePoint?.options.join() &&
      sameWrites(done, renamed, other, rename) &&
      sameWrites(other, source, done, rename) &&
      keys(done, rename) === keys(other, SAME);
    if (!alike) throw new NotAlikeError(`${event.op} does not treat interchangeable threads alike`);
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

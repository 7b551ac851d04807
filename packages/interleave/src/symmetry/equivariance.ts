import {
  apply,
  canonical,
  type Machine,
  type Ref,
  renameIn,
  type RenameTask,
  type Source,
  type StepEvent,
  type Transition,
  type Value,
  violationKey,
} from "@faultline/mm";
import { NotAlikeError } from "../thread/errors.ts";
import { exchange, isRenamed, renameRef, renameValue } from "./rename.ts";

/**
 * Holds a step against the same step of the renamed state: with two interchangeable tasks exchanged it must do the same,
 * renamed. A step that treats tasks by their number, or writes one where no kind says so, is found here.
 */
export class Equivariance {
  readonly #machine: Machine;
  /** Neighbouring members of each set of interchangeable tasks: exchanges of these make all others. */
  readonly #pairs: readonly (readonly [number, number])[];
  #turn = 0;

  /** @param alike sets of interchangeable tasks, by task number */
  constructor(machine: Machine, alike: readonly (readonly number[])[]) {
    this.#machine = machine;
    this.#pairs = alike.flatMap((tasks) => tasks.slice(1).map((task, i) => [tasks[i]!, task] as const));
  }

  /**
   * Checks one run of a reducer, by one exchange that moves its task and by one more, each in its turn.
   * @throws NotAlikeError when the step does not do the same
   */
  check(source: Source, event: StepEvent, transition: Transition): void {
    const own = this.#pairs.find((pair) => pair.includes(event.task));
    if (own !== undefined) this.#compare(source, event, transition, own);
    this.#compare(source, event, transition, this.#pairs[this.#turn++ % this.#pairs.length]!);
  }

  #compare(source: Source, event: StepEvent, done: Transition, [a, b]: readonly [number, number]): void {
    const rename = exchange(a, b);
    const renamed: Source = {
      get: <T extends Value>(ref: Ref<T>): T =>
        renameValue(ref, source.get<Value>(renameRef(ref, rename)), rename) as T,
    };
    const other = apply(this.#machine, renamed, { ...event, task: rename(event.task) });
    const alike =
      done.status === other.status &&
      canonical(done.result) === canonical(other.result) &&
      done.choicePoint?.options.join() === other.choicePoint?.options.join() &&
      sameWrites(done, renamed, other, rename) &&
      sameWrites(other, source, done, rename) &&
      keys(done, rename) === keys(other, (task) => task);
    if (!alike) throw new NotAlikeError(`${event.op} does not treat tasks ${a} and ${b} alike`);
  }
}

/** Whether all that the one writes is, renamed, what the other's state then has. */
function sameWrites(one: Transition, from: Source, other: Transition, rename: RenameTask): boolean {
  for (const [ref, value] of one.writes) {
    const there = renameRef(ref, rename);
    const got = other.writes.has(there) ? other.writes.get(there)! : from.get(there);
    if (!isRenamed(ref, value, got, rename)) return false;
  }
  return true;
}

function keys({ violations }: Transition, rename: RenameTask): string {
  return violations
    .map((violation) => `${rename(violation.task)} ${renameIn(violationKey(violation), rename)}`)
    .sort()
    .join("\n");
}

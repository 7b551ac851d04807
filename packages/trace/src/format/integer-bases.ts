import type { EventHistory } from "./event-history.ts";
import type { TaskRun } from "./task-run.ts";

/**
 * What an integer is told from: its relation to what was before. A positive relation is a distance: the integer so many
 * places back among those of the task's events.
 */
export const Relation = {
  /** The integer in this place in the last event like this one, of the same task if one of the last has it. */
  last: 0,
  /** The integer right before. */
  previous: 1,
  /** What came after the last integer of the task that was like the one right before. */
  successor: -1,
  /** In outcomes: the integer in this place of the outcome that this very call had last. */
  sameCall: -2,
} as const;

/** How many integers back a writer and a reader look, and how many events. */
export const DISTANCE = 512;
const EVENTS = 8;

const UNKNOWN = -2;

/** The integers that the next one of an event may be told from. */
export class IntegerBases {
  readonly #history: EventHistory;
  #run!: TaskRun;
  #inCall = true;
  #call = -1;
  #kind = -1;
  /** The event that `last` looks at and the one that `sameCall` does, once they are known. */
  #like = UNKNOWN;
  #same = UNKNOWN;
  /** Where the integers of the outcome begin. */
  #middle = 0;

  constructor(history: EventHistory) {
    this.#history = history;
  }

  /** The integers of a call with this template are next. */
  startCall(run: TaskRun, call: number): void {
    this.#run = run;
    this.#inCall = true;
    this.#call = call;
    this.#like = UNKNOWN;
    this.#same = UNKNOWN;
  }

  /** Those of its outcome are, which make it an event of this kind. */
  startOutcome(run: TaskRun, call: number, kind: number): void {
    this.#run = run;
    this.#inCall = false;
    this.#call = call;
    this.#same = UNKNOWN;
    this.#kind = kind;
    this.#like = UNKNOWN;
    this.#middle = this.#history.integers;
  }

  /** @param hole the integer's place in the call or the outcome. @returns 0 where there is nothing to tell it from */
  of(relation: number, hole: number): number {
    if (relation > 0) {
      const at = this.#run.length - relation;
      return at < 0 ? 0 : this.#run.values[at]!;
    }
    if (relation === Relation.last) return this.#last(hole);
    return relation === Relation.successor ? this.#successor() : this.#sameCall(hole);
  }

  #last(hole: number): number {
    const { start, middle, value } = this.#history;
    if (this.#like === UNKNOWN) this.#like = this.#findLike();
    if (this.#like < 0) return 0;
    return value[(this.#inCall ? start : middle)[this.#like]! + hole]!;
  }

  #findLike(): number {
    const history = this.#history;
    const latest = this.#inCall ? history.lastOfCall(this.#call) : history.lastOfKind(this.#kind);
    const chain = this.#inCall ? history.earlierCall : history.earlierKind;
    const { number } = this.#run;
    let event = latest;
    for (let n = 0; event >= 0 && n < EVENTS; n++, event = chain[event]!) {
      if (history.task[event] === number) return event;
    }
    return latest;
  }

  #successor(): number {
    const { values, length } = this.#run;
    if (length === 0) return 0;
    const before = values[length - 1];
    const end = Math.max(0, length - DISTANCE);
    for (let at = length - 2; at >= end; at--) if (values[at] === before) return values[at + 1]!;
    return 0;
  }

  #sameCall(hole: number): number {
    if (this.#inCall) return 0;
    const { value, start, middle } = this.#history;
    if (this.#same === UNKNOWN) this.#same = this.#findSameCall();
    if (this.#same < 0) return 0;
    const at = middle[this.#same]! + hole;
    return at < start[this.#same + 1]! ? value[at]! : 0;
  }

  #findSameCall(): number {
    const { value, start, earlierCall, events } = this.#history;
    const from = start[events]!;
    const count = this.#middle - from;
    let event = this.#history.lastOfCall(this.#call);
    for (let n = 0; event >= 0 && n < EVENTS; n++, event = earlierCall[event]!) {
      const other = start[event]!;
      let i = 0;
      while (i < count && value[other + i] === value[from + i]) i++;
      if (i === count) return event;
    }
    return -1;
  }
}

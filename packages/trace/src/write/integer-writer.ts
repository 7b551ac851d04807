import type { EventHistory } from "../format/event-history.ts";
import { DISTANCE, IntegerBases, Relation } from "../format/integer-bases.ts";
import { codedRelations, differenceCode, differenceOf, distanceCode, relationOf } from "../format/integer-code.ts";
import type { RunColumn } from "../format/run-column.ts";
import type { TaskRun } from "../format/task-run.ts";

/** Writes the integers of events: as predicted, or what they are told from in the fewest bytes. */
export class IntegerWriter {
  readonly #history: EventHistory;
  readonly #column: RunColumn;
  readonly #bases: IntegerBases;

  constructor(history: EventHistory, column: RunColumn) {
    this.#history = history;
    this.#column = column;
    this.#bases = new IntegerBases(history);
  }

  /** @param from the first integer of the call that this one is to repeat; -1: none */
  call(run: TaskRun, call: number, integers: Float64Array, count: number, from: number): void {
    if (count === 0) return;
    this.#bases.startCall(run, call);
    this.#write(run, integers, count, from, codedRelations.length - 1);
  }

  /** The outcome of the call that was written last, which make an event of this kind together. */
  outcome(run: TaskRun, call: number, kind: number, integers: Float64Array, count: number, from: number): void {
    if (count === 0) return;
    this.#bases.startOutcome(run, call, kind);
    this.#write(run, integers, count, from, codedRelations.length);
  }

  /** @param ways how many of the relations there are */
  #write(run: TaskRun, integers: Float64Array, count: number, from: number, ways: number): void {
    const history = this.#history;
    for (let hole = 0; hole < count; hole++) {
      const value = integers[hole]!;
      let relation: number = Relation.last;
      let difference = 0;
      if (from >= 0) {
        relation = history.relation[from + hole]!;
        difference = history.difference[from + hole]!;
      }
      if (this.#bases.of(relation, hole) + difference === value) this.#column.predicted();
      else {
        const code = this.#codeOf(run, value, hole, ways);
        this.#column.other(code);
        relation = relationOf(code);
        difference = differenceOf(code);
      }
      history.push(run, value, relation, difference);
    }
  }

  /** The shortest code; of several, one that gives the integer itself rather than a difference: it may hold again. */
  #codeOf(run: TaskRun, value: number, hole: number, ways: number): number {
    const near = distanceTo(run, value, 1, NEAR);
    let best = near > 0 ? distanceCode(near) : Infinity;
    let least = near > 0 ? 2 : Infinity;
    for (let way = 0; way < ways; way++) {
      const difference = value - this.#bases.of(codedRelations[way]!, hole);
      const code = differenceCode(way, difference);
      const cost = 2 * bytesOf(code) + (difference === 0 ? 0 : 1);
      if (cost < least || (cost === least && code < best)) {
        best = code;
        least = cost;
      }
    }
    // A distance beyond those of one byte takes two.
    if (least <= 4) return best;
    const far = distanceTo(run, value, NEAR + 1, DISTANCE);
    return far > 0 ? distanceCode(far) : best;
  }
}

/** Distances up to this have codes of one byte. */
const NEAR = 26;

/** How many places back, from so many to so many, a task's integers have this one; 0: it is none of them. */
function distanceTo({ values, length }: TaskRun, value: number, from: number, to: number): number {
  const end = Math.max(0, length - to);
  for (let at = length - from; at >= end; at--) if (values[at] === value) return length - at;
  return 0;
}

function bytesOf(code: number): number {
  return code < 2 ** 7 ? 1 : code < 2 ** 14 ? 2 : code < 2 ** 21 ? 3 : 4;
}

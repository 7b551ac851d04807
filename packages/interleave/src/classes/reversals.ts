import { sameTransition, type Transition } from "../count/dependence.ts";
import { isEnabled, make, movesOf, restore, type SavedState } from "../count/moves.ts";
import { Bits } from "../space/bits.ts";
import type { Space } from "../space/space.ts";
import { none, type Omission, omitting, type Run } from "./run.ts";

/** What a slot must hold, or must not, in every shorter run that a search still looks for. */
type Demand = { readonly is: number } | { readonly not: ReadonlySet<number> };
type Demands = ReadonlyMap<number, Demand>;

/** Where a thread stands: before its event `at` (or the run's end), after its event `previous` (-1: none). */
interface Place {
  readonly thread: number;
  readonly at: number;
  readonly previous: number;
}

/**
 * Finds what a complete run's threads could have done instead, had some of its events not come first.
 *
 * For every place where a thread stood, events are left out of the run, each with all that happen after it, and the
 * thread's pending step is looked at in the state that the rest leads to:
 * - the other choices of its step, with only its own event left out;
 * - the step without the last writer of each slot that it read: it reads something else then, or the same from earlier;
 * - the step before an event that read what it writes, where the two race directly.
 * A step that can be taken there is reported with the events before it. One that must wait is followed further back,
 * by leaving out more, until it can be taken.
 *
 * Leaving a step aside once it can be taken loses nothing: a run in which it is taken is explored in its turn, and
 * followed further from there. See docs/classes.md for why every class is reached.
 */
export class Reversals {
  readonly #space: Space;
  readonly #run: Run;
  readonly #states: readonly SavedState[];
  readonly #found: (at: number, sequence: readonly Transition[]) => void;

  /**
   * @param states before each event of the run, and at its end
   * @param found told what to explore: from the state before event `at`, a sequence whose last step is the new one
   */
  constructor(
    space: Space,
    run: Run,
    states: readonly SavedState[],
    found: (at: number, sequence: readonly Transition[]) => void,
  ) {
    this.#space = space;
    this.#run = run;
    this.#states = states;
    this.#found = found;
  }

  /** Looks at every place of every thread. */
  all(): void {
    const { events } = this.#run;
    const previous = this.#space.program.threads.map(() => -1);
    events.forEach(({ transition: { thread } }, at) => {
      this.#insteadOf({ thread, at, previous: previous[thread]! });
      previous[thread] = at;
    });
    previous.forEach((last, thread) => {
      this.#expand({ thread, at: events.length, previous: last }, none, new Map());
    });
  }

  #insteadOf(place: Place): void {
    const { events } = this.#run;
    const { transition: own, before, alternatives } = events[place.at]!;
    const start = omitting(this.#run, none, place.at);
    if (alternatives) this.#expand(place, start, new Map(), own);
    const seen = new Bits();
    for (let i = place.at - 1; i >= 0; i--) {
      if (!before.has(i)) continue;
      const { leaf } = events[i]!.transition;
      let reads = false;
      let wrote = false;
      for (let w = 0; w < leaf.writes.length; w += 2) {
        const slot = leaf.writes[w]!;
        if (!own.leaf.touched.has(slot)) continue;
        wrote = true;
        if (seen.add(slot)) reads = true;
      }
      const direct = !wrote && own.leaf.written.meets(leaf.touched) && this.#isImmediate(i, place.at);
      if ((reads || direct) && this.#canOmit(i, place)) {
        this.#expand(place, omitting(this.#run, start, i), new Map());
      }
    }
  }

  /** Whether nothing lies between two events of which the earlier one happens before the later. */
  #isImmediate(earlier: number, later: number): boolean {
    const { events } = this.#run;
    const { before } = events[later]!;
    for (let i = earlier + 1; i < later; i++) if (before.has(i) && events[i]!.before.has(earlier)) return false;
    return true;
  }

  /** Whether the thread gets where it stands without the event. */
  #canOmit(event: number, { previous }: Place): boolean {
    return previous < 0 || (event !== previous && !this.#run.events[previous]!.before.has(event));
  }

  /** Reports what the thread can do without some events, and follows further back what must wait. */
  #expand(place: Place, omission: Omission, demands: Demands, own?: Transition): void {
    const { events } = this.#run;
    const from = Math.min(omission.first, events.length);
    const sequence: Transition[] = [];
    restore(this.#space, this.#states[from]!);
    for (let i = from; i < events.length; i++) {
      if (omission.events.has(i)) continue;
      make(this.#space, events[i]!.transition);
      sequence.push(events[i]!.transition);
    }
    for (const move of movesOf(this.#space, place.thread)) {
      if (own !== undefined && sameTransition(move, own)) continue;
      if (isEnabled(move)) this.#found(from, [...sequence, move]);
      else this.#unblock(place, omission, move, demands);
    }
  }

  /**
   * Leaves out more events until a waiting step can be taken. It waits because of the values it read, so wherever it can
   * be taken some slot differs from what it read; each may be the first in their order that does.
   */
  #unblock(place: Place, omission: Omission, { leaf }: Transition, demands: Demands): void {
    const equal = new Map(demands);
    for (const slot of this.#run.written) {
      if (!leaf.touched.has(slot)) continue;
      const demand = equal.get(slot);
      if (demand !== undefined && "is" in demand) continue;
      const value = this.#run.valueIn(slot, omission);
      if (value === undefined) continue;
      const different = new Map(equal).set(slot, { not: new Set(demand?.not).add(value) });
      const further = this.#meet(place, omission, different);
      if (further !== undefined) this.#expand(place, further, different);
      equal.set(slot, { is: value });
    }
  }

  /** The fewest events more to leave out so that every demand is met; undefined when there is no way. */
  #meet(place: Place, omission: Omission, demands: Demands): Omission | undefined {
    let met = omission;
    for (let settled = false; !settled;) {
      settled = true;
      for (const [slot, demand] of demands) {
        const event = this.#rewind(place, met, slot, demand);
        if (event === undefined) return undefined;
        if (event < 0) continue;
        met = omitting(this.#run, met, event);
        settled = false;
      }
    }
    return met;
  }

  /** The event to leave out so that the slot meets the demand: -1 when it does already, undefined when it cannot. */
  #rewind(place: Place, omission: Omission, slot: number, demand: Demand): number | undefined {
    let event = -1;
    for (const { at, value } of this.#run.writesTo(slot)) {
      if (omission.events.has(at)) continue;
      if (meets(value, demand)) return event;
      if (!this.#canOmit(at, place)) return undefined;
      event = at;
    }
    return meets(this.#states[0]!.vector[slot] ?? 0, demand) ? event : undefined;
  }
}

function meets(value: number, demand: Demand): boolean {
  return "is" in demand ? demand.is === value : !demand.not.has(value);
}

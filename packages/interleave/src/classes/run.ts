import { byFootprint, type Transition } from "../count/dependence.ts";
import { Bits } from "../space/bits.ts";

/** An event of a run. */
export interface RunEvent {
  readonly transition: Transition;
  /** Earlier events that happen before this one, by number. */
  readonly before: Bits;
  /** Whether its step could have done something else, or waited, in the same state. */
  readonly alternatives: boolean;
}

/** The events before a new one that happen before it. */
export function happensBefore(events: readonly RunEvent[], transition: Transition): Bits {
  const before = new Bits();
  for (let i = events.length - 1; i >= 0; i--) {
    if (before.has(i)) continue;
    const earlier = events[i]!;
    if (!byFootprint(earlier.transition, transition)) continue;
    before.add(i);
    before.addAll(earlier.before);
  }
  return before;
}

/** Events left out of a run, with every event that happens after one of them. */
export interface Omission {
  readonly events: Bits;
  /** The first of them; Infinity when there is none. */
  readonly first: number;
}

/** Nothing left out. */
export const none: Omission = { events: new Bits(), first: Infinity };

/** Leaves out one more event, and what happens after it. */
export function omitting(run: Run, { events, first }: Omission, event: number): Omission {
  const more = new Bits();
  more.addAll(events);
  more.addAll(run.after(event));
  more.add(event);
  return { events: more, first: Math.min(first, event) };
}

interface Write {
  readonly at: number;
  readonly value: number;
}

/** A complete run, with what follows from its order. */
export class Run {
  readonly events: readonly RunEvent[];
  /** Slots written, ascending. */
  readonly written: readonly number[];
  readonly #after: readonly Bits[];
  readonly #writes = new Map<number, Write[]>();

  constructor(events: readonly RunEvent[]) {
    this.events = events;
    this.#after = events.map(() => new Bits());
    events.forEach(({ before, transition: { leaf } }, at) => {
      for (let i = 0; i < at; i++) if (before.has(i)) this.#after[i]!.add(at);
      for (let w = 0; w < leaf.writes.length; w += 2) {
        const writes = this.#writes.get(leaf.writes[w]!) ?? [];
        if (writes.length === 0) this.#writes.set(leaf.writes[w]!, writes);
        writes.unshift({ at, value: leaf.writes[w + 1]! });
      }
    });
    this.written = [...this.#writes.keys()].sort((a, b) => a - b);
  }

  /** Events that happen after this one. */
  after(event: number): Bits {
    return this.#after[event]!;
  }

  /** Writes to a slot, the last one first. */
  writesTo(slot: number): readonly Write[] {
    return this.#writes.get(slot) ?? [];
  }

  /** The last value written to a slot; undefined when nothing is left that writes it. */
  valueIn(slot: number, omission: Omission): number | undefined {
    return this.writesTo(slot).find(({ at }) => !omission.events.has(at))?.value;
  }
}

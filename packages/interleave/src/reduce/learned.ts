import type { FutureRecord } from "../checkpoint/checkpoint.ts";
import { Bits } from "../space/bits.ts";
import type { Leaf, Outcomes } from "../space/memo.ts";
import type { Naming } from "../symmetry/naming.ts";

/** What a thread may touch from a position on: everything its pending step, or any step after it, was seen to touch. */
export class Future {
  readonly touched: Bits = new Bits();
  readonly written: Bits = new Bits();
  /** Positions one step earlier. */
  readonly before: Set<number> = new Set();
  /** By number of outcomes: 0 not asked since this last grew, 1 they cannot conflict, 2 they may. */
  #conflicts: Uint8Array = new Uint8Array(64);

  /** @returns whether anything is new */
  add(touched: Bits, written: Bits): boolean {
    const moreTouched = this.touched.addAll(touched);
    const moreWritten = this.written.addAll(written);
    if (!moreTouched && !moreWritten) return false;
    this.#conflicts.fill(0);
    return true;
  }

  /** Whether what this thread does from here on may conflict with a pending step of another thread. */
  mayConflict(outcomes: Outcomes): boolean {
    if (outcomes.id >= this.#conflicts.length) {
      const grown = new Uint8Array(2 * outcomes.id);
      grown.set(this.#conflicts);
      this.#conflicts = grown;
    }
    let known = this.#conflicts[outcomes.id]!;
    if (known === 0) {
      known = outcomes.written.meets(this.touched) || outcomes.touched.meets(this.written) ? 2 : 1;
      this.#conflicts[outcomes.id] = known;
    }
    return known === 2;
  }
}

/**
 * Futures of all positions, learned while exploring. A step's footprint is noted where it is pending, a blocked step's
 * condition like any other, and flows back along the positions that lead there. What is learned of one of several
 * alike threads is known of all: a state stands for those that an exchange of them makes of it.
 */
export class Learned {
  readonly #futures: (Future | undefined)[][];
  readonly #alike: (readonly number[])[];
  readonly #naming: Naming | undefined;
  /** Whether anything was learned since this was last set to false. */
  changed = false;

  /** @param alike sets of alike threads, by number, with what is whose */
  constructor(threads: number, alike: readonly (readonly number[])[] = [], naming?: Naming) {
    this.#futures = Array.from({ length: threads }, () => []);
    this.#alike = Array.from({ length: threads }, (_, thread) => alike.find((set) => set.includes(thread)) ?? [thread]);
    this.#naming = naming;
  }

  future(thread: number, position: number): Future {
    return (this.#futures[thread]![position] ??= new Future());
  }

  /** The thread, at this position, may do this, and would then be at `reached` (undefined when it is blocked). */
  note(thread: number, position: number, leaf: Leaf, reached: number | undefined): void {
    if (!leaf.noted.add(position)) return;
    for (const member of this.#alike[thread]!) {
      const touched = this.#asOf(leaf.touched, thread, member);
      const written = this.#asOf(leaf.written, thread, member);
      const future = this.future(member, position);
      let grew = future.add(touched, written);
      if (reached !== undefined) {
        const after = this.future(member, reached);
        after.before.add(position);
        grew = future.add(after.touched, after.written) || grew;
      }
      if (!grew) continue;
      this.changed = true;
      this.#flowBack(member, position);
    }
  }

  /** Everything learned so far, by thread and position. */
  record(): (FutureRecord | null)[][] {
    return this.#futures.map((futures) =>
      Array.from(futures, (future) => {
        if (future === undefined) return null;
        const { touched, written, before } = future;
        return { touched: touched.list(), written: written.list(), before: [...before] };
      }),
    );
  }

  /** Learns what was recorded. */
  restore(record: readonly (readonly (FutureRecord | null)[])[]): void {
    record.forEach((futures, thread) => {
      futures.forEach((future, position) => {
        if (future === null) return;
        const own = this.future(thread, position);
        own.add(Bits.of(future.touched), Bits.of(future.written));
        for (const before of future.before) own.before.add(before);
      });
    });
  }

  /** The slots that `member` touches where `thread` touches these: its own for that one's own, all others' for others'. */
  #asOf(slots: Bits, thread: number, member: number): Bits {
    const naming = this.#naming;
    if (naming === undefined) return slots;
    const renamed = new Bits();
    for (const slot of slots.list()) {
      const owner = naming.owner(slot);
      if (owner < 0) renamed.add(slot);
      else if (owner === thread) renamed.add(naming.slotFor(slot, member));
      else {
        for (const other of this.#alike[owner]!) if (other !== member) renamed.add(naming.slotFor(slot, other));
      }
    }
    return renamed;
  }

  #flowBack(thread: number, from: number): void {
    const work = [from];
    for (let at = work.pop(); at !== undefined; at = work.pop()) {
      const future = this.future(thread, at);
      for (const position of future.before) {
        if (this.future(thread, position).add(future.touched, future.written)) work.push(position);
      }
    }
  }
}

import type { Space } from "../space/space.ts";
import type { Observer } from "./depth-first.ts";
import { capture, keyOfEntry, load, pathTo, type StateEntry } from "./state-entry.ts";
import { endingOf, violationsAtEnd } from "./terminal.ts";

/** Bytes that an entry takes beside its vector: objects and the key by which it is known. */
const ENTRY_BYTES = 400;

/**
 * One pass over all that can happen with a bounded number of preemptions: a switch away from a thread that could have
 * gone on. Nothing else is left out, since reductions drop the very runs that need few preemptions (Coons, Musuvathi,
 * McKinley, OOPSLA 2013). States are told apart by their last thread too, and reached by the fewest preemptions first.
 */
export class PreemptionBounded {
  transitions = 0;
  deepest = 0;
  /** Whether the bound kept anything from happening. */
  cut = false;
  readonly #space: Space;
  readonly #bound: number;
  readonly #observer: Observer;
  readonly #seen = new Set<string>();
  /** States still to be expanded, by preemptions. */
  readonly #layers: StateEntry[][];

  /** @param bound preemptions, at most */
  constructor(space: Space, bound: number, observer: Observer) {
    this.#space = space;
    this.#bound = bound;
    this.#observer = observer;
    space.reset();
    this.#layers = [[capture(space, undefined, undefined)]];
  }

  /** States found so far, one per last thread. */
  get size(): number {
    return this.#seen.size;
  }

  get bytes(): number {
    return this.#seen.size * (ENTRY_BYTES + 4 * this.#space.slots.size);
  }

  /** @returns why it ended early, or undefined after covering everything within the bound */
  run(): string | undefined {
    for (let preemptions = 0; preemptions <= this.#bound; preemptions++) {
      const layer = (this.#layers[preemptions] ??= []);
      for (let entry = layer.pop(); entry !== undefined; entry = layer.pop()) {
        const key = keyOfEntry(entry);
        if (this.#seen.has(key)) continue;
        this.#seen.add(key);
        this.deepest = Math.max(this.deepest, entry.events);
        const reason = this.#expand(entry, preemptions);
        if (reason !== undefined) return reason;
      }
    }
    return undefined;
  }

  #expand(entry: StateEntry, preemptions: number): string | undefined {
    const space = this.#space;
    load(space, entry);
    const { length } = space.program.threads;
    const preempts = entry.last >= 0 && space.outcomes(entry.last).enabled;
    let enabled = 0;
    for (let thread = 0; thread < length; thread++) {
      const outcomes = space.outcomes(thread);
      if (!outcomes.enabled) continue;
      enabled++;
      const cost = preemptions + (preempts && thread !== entry.last ? 1 : 0);
      if (cost > this.#bound) {
        this.cut = true;
        continue;
      }
      for (const leaf of outcomes.leaves) {
        if (leaf.status === "blocked") continue;
        this.transitions++;
        space.take(thread, leaf);
        const next = capture(space, { thread, leaf }, entry);
        const path = (): ReturnType<typeof pathTo> => pathTo(next);
        if (leaf.lockEdges.length > 0) this.#observer.locks(leaf, path);
        if (leaf.violations.length > 0) this.#observer.violations(leaf.violations, path);
        if (!this.#seen.has(keyOfEntry(next))) (this.#layers[cost] ??= []).push(next);
        load(space, entry);
        const reason = this.#observer.stop(this.transitions);
        if (reason !== undefined) return reason;
      }
    }
    if (enabled === 0) {
      const ending = endingOf(space);
      this.#observer.terminal(ending, violationsAtEnd(space, ending), () => pathTo(entry));
    }
    return undefined;
  }
}

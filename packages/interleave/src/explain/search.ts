import type { Path } from "../explore/path.ts";
import { LANES } from "../space/fingerprint.ts";
import type { Leaf } from "../space/memo.ts";
import type { Space } from "../space/space.ts";

/** What a run costs: neighbouring events of different threads, and events. */
export interface Cost {
  readonly switches: number;
  readonly events: number;
}

/** A question about the runs of a program: what it keeps in mind along each of them, its notes, is part of the state. */
export interface Query<N> {
  readonly start: N;
  /** Equal keys, equal notes. */
  readonly keyOf: (notes: N) => string;
  /**
   * A thread takes a step; the space is in the state before it.
   * @returns the notes after it, or undefined where runs that go on like this are of no interest
   */
  readonly step: (notes: N, taken: Taken) => N | undefined;
  /** A state, with all that can be said of the way to it. True ends the search. */
  readonly visit?: (notes: N, at: Visit) => boolean;
  /** Whether runs with fewer switches come first; else those with fewer events do. */
  readonly bySwitches?: boolean;
}

/** A step that a search is about to take. */
export interface Taken {
  readonly thread: number;
  readonly leaf: Leaf;
  /** Of the run up to this step, which counts. */
  readonly cost: Cost;
  readonly path: () => Path;
}

/** A state that a search has come to; the space is in it. */
export interface Visit {
  /** No thread can take a step. */
  readonly ended: boolean;
  /** Of the run that led here. */
  readonly cost: Cost;
  readonly path: () => Path;
}

/** What a search may take. */
export interface SearchLimits {
  /** Entries that it may hold. */
  readonly entries: number;
  /** Asked now and then whether time is up: this package has no clock. Once it is, it stays so. */
  readonly expired?: () => boolean;
}

/** Why a search with these limits was left open, in words. */
export function shortage({ entries, expired }: SearchLimits): string {
  return expired?.() === true ? "time is up" : `the budget of ${entries} entries is used up`;
}

/** How a search ended: `found` when a visit ended it, `exhausted` when there is nothing else. */
export type Ending = "found" | "exhausted" | "budget";

/** Entries from one look at the clock to the next. */
const LOOKS = 64;

interface Entry<N> {
  readonly vector: Int32Array;
  readonly fingerprint: Int32Array;
  readonly last: number;
  readonly notes: N;
  readonly step: { readonly thread: number; readonly leaf: Leaf } | undefined;
  readonly before: Entry<N> | undefined;
}

/**
 * Searches all runs of a program, cheapest first and without reductions, for what a query asks for. Runs that reach the
 * same state with the same notes are one.
 */
export function search<N>(space: Space, query: Query<N>, { entries, expired }: SearchLimits): Ending {
  space.reset();
  const seen = new Set<string>();
  // layers[switches][events]: entries in order of discovery. Within a number of switches, events only grow.
  const layers: Entry<N>[][][] = [[[capture(space, -1, query.start, undefined, undefined)]]];
  let held = 1;
  let looks = 0;
  for (let switches = 0; switches < layers.length; switches++) {
    const layer = (layers[switches] ??= []);
    for (let events = 0; events < layer.length; events++) {
      for (const entry of layer[events] ?? []) {
        // At the first one too: many searches hold few entries.
        if (looks++ % LOOKS === 0 && expired?.() === true) return "budget";
        const place = query.bySwitches === true ? ` ${entry.last}` : "";
        const mark = `${entry.fingerprint.join(" ")}${place} ${query.keyOf(entry.notes)}`;
        if (seen.has(mark)) continue;
        seen.add(mark);
        const costOf = (thread: number): Cost => {
          const switched = query.bySwitches === true && entry.last >= 0 && entry.last !== thread;
          return { switches: switches + (switched ? 1 : 0), events: events + 1 };
        };
        const stop = expand(space, query, entry, { switches, events }, costOf, (next, cost) => {
          held++;
          ((layers[cost.switches] ??= [])[cost.events] ??= []).push(next);
        });
        if (stop) return "found";
        if (held > entries) return "budget";
      }
      layer[events] = [];
    }
  }
  return "exhausted";
}

function expand<N>(
  space: Space,
  query: Query<N>,
  entry: Entry<N>,
  here: Cost,
  costOf: (thread: number) => Cost,
  push: (next: Entry<N>, cost: Cost) => void,
): boolean {
  load(space, entry);
  const leaves: Leaf[] = [];
  let ended = true;
  for (let thread = 0; thread < space.program.threads.length; thread++) {
    const count = space.pending(thread, leaves);
    for (const leaf of leaves.slice(0, count)) {
      if (leaf.status === "blocked") continue;
      ended = false;
      const cost = costOf(thread);
      const path = (): Path => [...pathOf(entry), { thread, leaf }];
      const notes = query.step(entry.notes, { thread, leaf, cost, path });
      if (notes === undefined) continue;
      take(space, thread, leaf);
      push(capture(space, thread, notes, { thread, leaf }, entry), cost);
      load(space, entry);
    }
  }
  return query.visit?.(entry.notes, { ended, cost: here, path: () => pathOf(entry) }) === true;
}

/** Takes a step in the space's current state. */
export function take(space: Space, thread: number, leaf: Leaf): void {
  const reached = space.reached(thread, leaf);
  for (let i = 0; i < leaf.writes.length; i += 2) space.set(leaf.writes[i]!, leaf.writes[i + 1]!);
  space.set(thread, reached);
}

function capture<N>(
  space: Space,
  last: number,
  notes: N,
  step: Entry<N>["step"],
  before: Entry<N> | undefined,
): Entry<N> {
  const vector = space.vector.slice(0, space.slots.size);
  return { vector, fingerprint: space.fingerprint.slice(), last, notes, step, before };
}

function load<N>(space: Space, entry: Entry<N>): void {
  space.vector.fill(0);
  space.vector.set(entry.vector);
  for (let lane = 0; lane < LANES; lane++) space.fingerprint[lane] = entry.fingerprint[lane]!;
}

function pathOf<N>(entry: Entry<N>): Path {
  const steps: { thread: number; leaf: Leaf }[] = [];
  for (let at: Entry<N> | undefined = entry; at?.step !== undefined; at = at.before) steps.unshift(at.step);
  return steps;
}

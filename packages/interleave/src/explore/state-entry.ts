import { LANES } from "../space/fingerprint.ts";
import type { Leaf } from "../space/memo.ts";
import type { Space } from "../space/space.ts";
import type { Path } from "./path.ts";

/** A state that a search keeps to come back to, with the step that led to it. */
export interface StateEntry {
  readonly vector: Int32Array;
  readonly fingerprint: Int32Array;
  /** Steps made so far. */
  readonly events: number;
  /** The thread that made the last step, or -1. */
  readonly last: number;
  readonly step: { readonly thread: number; readonly leaf: Leaf } | undefined;
  readonly before: StateEntry | undefined;
}

/** Keeps the space's current state. */
export function capture(space: Space, step: StateEntry["step"], before: StateEntry | undefined): StateEntry {
  return {
    vector: space.vector.slice(0, space.slots.size),
    fingerprint: space.fingerprint.slice(),
    events: (before?.events ?? -1) + 1,
    last: step?.thread ?? -1,
    step,
    before,
  };
}

/** Makes a kept state current again. */
export function load(space: Space, entry: StateEntry): void {
  space.vector.fill(0);
  space.vector.set(entry.vector);
  for (let lane = 0; lane < LANES; lane++) space.fingerprint[lane] = entry.fingerprint[lane]!;
}

/** The steps that led to an entry. */
export function pathTo(entry: StateEntry): Path {
  const steps: { readonly thread: number; readonly leaf: Leaf }[] = [];
  for (let at: StateEntry | undefined = entry; at?.step !== undefined; at = at.before) steps.unshift(at.step);
  return steps;
}

/** One entry per state and last thread. */
export function keyOfEntry({ fingerprint, last }: StateEntry): string {
  return `${fingerprint.join(" ")} ${last}`;
}

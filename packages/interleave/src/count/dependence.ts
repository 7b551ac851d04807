import type { StepEvent } from "@faultline/mm";
import type { Leaf } from "../space/memo.ts";

/** A transition as dependence sees it. */
export interface Transition {
  readonly thread: number;
  readonly leaf: Leaf;
  readonly event: StepEvent;
}

/** Whether two transitions are one: the same thread does the same, with the same choice. */
export function sameTransition(a: Transition, b: Transition): boolean {
  return a.thread === b.thread && a.leaf.choice === b.leaf.choice;
}

/** Whether two transitions that are both enabled in one state may not be swapped there. */
export type Dependence = (a: Transition, b: Transition) => boolean;

/** By observed footprints: one writes what the other reads or writes. Exact for the state they were observed in. */
export const byFootprint: Dependence = (a, b) =>
  a.thread === b.thread || a.leaf.written.meets(b.leaf.touched) || b.leaf.written.meets(a.leaf.touched);

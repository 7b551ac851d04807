import { violationKey, type Violation } from "@faultline/mm";
import type { Leaf } from "../space/memo.ts";
import type { Space } from "../space/space.ts";
import type { Path } from "./path.ts";
import { capture, keyOfEntry, load, pathTo, type StateEntry } from "./state-entry.ts";
import { endingOf, violationsAtEnd } from "./terminal.ts";

/** Entries that the search may hold before it gives up. */
export const DEFAULT_MINIMAL_BUDGET = 1_000_000;

/** Where a search wants to go: a step that does something, or the end of a run that breaks something. */
export interface Goal {
  readonly step?: (leaf: Leaf) => boolean;
  readonly end?: (violation: Violation) => boolean;
}

/** Reaches this violation. `atEnd`: it is one of the end of a run. */
export function violationGoal(violation: Violation, atEnd: boolean): Goal {
  const key = violationKey(violation);
  const isIt = (other: Violation): boolean => other.task === violation.task && violationKey(other) === key;
  return atEnd ? { end: isIt } : { step: (leaf) => leaf.violations.some(isIt) };
}

/**
 * The run with the fewest switches, then the fewest events, that reaches this goal; ties go to the lower task.
 * Searches without reductions over (state, last thread), cheapest first, no dearer than the bound.
 * @param bound switches and events of a run known to reach it
 * @returns the path, or undefined when the budget ended first
 */
export function minimalPath(
  space: Space,
  goal: Goal,
  bound: { readonly switches: number; readonly events: number },
  limits: { readonly entries?: number; readonly expired?: () => boolean } = {},
): Path | undefined {
  space.reset();
  const seen = new Set<string>();
  // buckets[switches][events]: entries in order of discovery. Within a number of switches, events only grow.
  const buckets: StateEntry[][][] = [[[capture(space, undefined, undefined)]]];
  const { entries = DEFAULT_MINIMAL_BUDGET } = limits;
  let held = 1;
  let expanded = 0;
  for (let switches = 0; switches <= bound.switches; switches++) {
    const layer = (buckets[switches] ??= []);
    for (let events = 0; events < layer.length; events++) {
      for (const entry of layer[events] ?? []) {
        const mark = keyOfEntry(entry);
        if (seen.has(mark)) continue;
        seen.add(mark);
        const reached = expand(space, entry, goal, (next, thread) => {
          const cost = switches + (entry.last >= 0 && entry.last !== thread ? 1 : 0);
          if (cost > bound.switches || (cost === bound.switches && events + 1 > bound.events)) return;
          held++;
          ((buckets[cost] ??= [])[events + 1] ??= []).push(next);
        });
        if (reached) return pathTo(entry);
        if (held > entries || (++expanded % 1024 === 0 && limits.expired?.() === true)) return undefined;
      }
      layer[events] = [];
    }
  }
  return undefined;
}

/** Expands an entry, unless it has reached the goal: then true. */
function expand(
  space: Space,
  entry: StateEntry,
  goal: Goal,
  push: (next: StateEntry, thread: number) => void,
): boolean {
  if (entry.step !== undefined && goal.step?.(entry.step.leaf) === true) return true;
  load(space, entry);
  const leaves: Leaf[] = [];
  let enabled = false;
  for (let thread = 0; thread < space.program.threads.length; thread++) {
    const count = space.pending(thread, leaves);
    for (const leaf of leaves.slice(0, count)) {
      if (leaf.status === "blocked") continue;
      enabled = true;
      space.take(thread, leaf);
      push(capture(space, { thread, leaf }, entry), thread);
      load(space, entry);
    }
  }
  return goal.end !== undefined && !enabled && violationsAtEnd(space, endingOf(space)).some(goal.end);
}

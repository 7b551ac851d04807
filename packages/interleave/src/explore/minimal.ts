import { violationKey, type Violation } from "@faultline/mm";
import { LANES } from "../space/fingerprint.ts";
import type { Leaf } from "../space/memo.ts";
import type { Space } from "../space/space.ts";
import type { Path } from "./path.ts";
import { endingOf, violationsAtEnd } from "./terminal.ts";

/** Entries that the search may hold before it gives up. */
export const DEFAULT_MINIMAL_BUDGET = 1_000_000;

interface Entry {
  readonly vector: Int32Array;
  readonly fingerprint: Int32Array;
  readonly last: number;
  readonly step: { readonly thread: number; readonly leaf: Leaf } | undefined;
  readonly before: Entry | undefined;
}

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
  budget: number = DEFAULT_MINIMAL_BUDGET,
): Path | undefined {
  space.reset();
  const seen = new Set<string>();
  // buckets[switches][events]: entries in order of discovery. Within a number of switches, events only grow.
  const buckets: Entry[][][] = [[[capture(space, -1, undefined, undefined)]]];
  let held = 1;
  for (let switches = 0; switches <= bound.switches; switches++) {
    const layer = (buckets[switches] ??= []);
    for (let events = 0; events < layer.length; events++) {
      for (const entry of layer[events] ?? []) {
        const mark = `${entry.fingerprint.join(" ")} ${entry.last}`;
        if (seen.has(mark)) continue;
        seen.add(mark);
        const reached = expand(space, entry, goal, (next, thread) => {
          const cost = switches + (entry.last >= 0 && entry.last !== thread ? 1 : 0);
          if (cost > bound.switches || (cost === bound.switches && events + 1 > bound.events)) return;
          held++;
          ((buckets[cost] ??= [])[events + 1] ??= []).push(next);
        });
        if (reached) return pathOf(entry);
        if (held > budget) return undefined;
      }
      layer[events] = [];
    }
  }
  return undefined;
}

/** Expands an entry, unless it has reached the goal: then true. */
function expand(space: Space, entry: Entry, goal: Goal, push: (next: Entry, thread: number) => void): boolean {
  if (entry.step !== undefined && goal.step?.(entry.step.leaf) === true) return true;
  load(space, entry);
  const leaves: Leaf[] = [];
  let enabled = false;
  for (let thread = 0; thread < space.program.threads.length; thread++) {
    const count = space.pending(thread, leaves);
    for (const leaf of leaves.slice(0, count)) {
      if (leaf.status === "blocked") continue;
      enabled = true;
      const reached = space.reached(thread, leaf);
      for (let i = 0; i < leaf.writes.length; i += 2) space.set(leaf.writes[i]!, leaf.writes[i + 1]!);
      space.set(thread, reached);
      push(capture(space, thread, { thread, leaf }, entry), thread);
      load(space, entry);
    }
  }
  return goal.end !== undefined && !enabled && violationsAtEnd(space, endingOf(space)).some(goal.end);
}

function capture(space: Space, last: number, step: Entry["step"], before: Entry | undefined): Entry {
  return {
    vector: space.vector.slice(0, space.slots.size),
    fingerprint: space.fingerprint.slice(),
    last,
    step,
    before,
  };
}

function load(space: Space, entry: Entry): void {
  space.vector.fill(0);
  space.vector.set(entry.vector);
  for (let lane = 0; lane < LANES; lane++) space.fingerprint[lane] = entry.fingerprint[lane]!;
}

function pathOf(entry: Entry): Path {
  const steps: { thread: number; leaf: Leaf }[] = [];
  for (let at: Entry | undefined = entry; at?.step !== undefined; at = at.before) steps.unshift(at.step);
  return steps;
}

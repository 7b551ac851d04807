import { Bits } from "../space/bits.ts";
import type { RunStep } from "./run.ts";

/** Two steps of a run, by number, the first before the second. */
export type Pair = readonly [first: number, second: number];

/** Whether one writes what the other reads or writes. */
function conflict(a: RunStep, b: RunStep): boolean {
  return a.leaf.written.meets(b.leaf.touched) || b.leaf.written.meets(a.leaf.touched);
}

/** Whether one changed what the other reads or writes: a write of the same value makes no difference to see. */
function changes(a: RunStep, b: RunStep): boolean {
  return a.changed.meets(b.leaf.touched) || b.changed.meets(a.leaf.touched);
}

/**
 * Pairs of steps of different threads of which one writes what the other reads or writes, the latest first; those where
 * nothing changes come last.
 */
export function conflictingPairs(run: readonly RunStep[]): Pair[] {
  const [real, idle]: [Pair[], Pair[]] = [[], []];
  for (let second = run.length - 1; second >= 0; second--) {
    for (let first = second - 1; first >= 0; first--) {
      const [a, b] = [run[first]!, run[second]!];
      if (a.thread !== b.thread && conflict(a, b)) (changes(a, b) ? real : idle).push([first, second]);
    }
  }
  return [...real, ...idle];
}

/** Those conflicting pairs between which no third step stands in the order that conflicts and threads impose. */
export function adjacentPairs(run: readonly RunStep[]): Pair[] {
  const before = run.map(() => new Bits());
  for (const [second, step] of run.entries()) {
    for (let first = second - 1; first >= 0; first--) {
      const earlier = run[first]!;
      if (before[second]!.has(first) || (earlier.thread !== step.thread && !conflict(earlier, step))) continue;
      before[second]!.add(first);
      before[second]!.addAll(before[first]!);
    }
  }
  return conflictingPairs(run).filter(([first, second]) => {
    for (let between = first + 1; between < second; between++) {
      if (before[second]!.has(between) && before[between]!.has(first)) return false;
    }
    return true;
  });
}

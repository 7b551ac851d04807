import type { Program } from "@faultline/interleave";
import { after, allMovesOf, brokenAtEnd, brokenBy, initialState, isBlocked, keyOf, type State } from "./world.ts";

/** What runs with a bounded number of preemptions can do, by walking every one of them. */
export interface Within {
  readonly violations: ReadonlySet<string>;
  /** Whether some run would have needed one preemption more. */
  readonly cut: boolean;
}

/** A preemption: the next step is another thread's, and the last thread's own next step could have happened. */
export function withinPreemptions(program: Program, bound: number): Within {
  const violations = new Set<string>();
  const seen = new Set<string>();
  let cut = false;
  const work: { readonly state: State; readonly last: number; readonly used: number }[] = [
    { state: initialState(program), last: -1, used: 0 },
  ];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    const { state, last, used } = at;
    const key = `${keyOf(state)} ${last} ${used}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const moves = allMovesOf(program, state).filter((move) => !isBlocked(move));
    if (moves.length === 0) for (const one of brokenAtEnd(program, state)) violations.add(one);
    const couldGoOn = moves.some(({ thread }) => thread === last);
    for (const move of moves) {
      const needed = used + (couldGoOn && move.thread !== last ? 1 : 0);
      if (needed > bound) {
        cut = true;
        continue;
      }
      for (const one of brokenBy(move)) violations.add(one);
      work.push({ state: after(program, state, move), last: move.thread, used: needed });
    }
  }
  return { violations, cut };
}

import type { Program } from "@faultline/interleave";
import { canonical, conflicts, type Footprint, type Transition, type Value } from "@faultline/mm";
import { after, brokenBy, isBlocked, keyOf, type Move, movesOf, type State } from "./world.ts";

export function footprintOf({ reads, writes }: Transition): Footprint {
  return { reads: new Set(reads.keys()), writes: new Set(writes.keys()) };
}

/**
 * Takes every two moves of different threads that the footprints call independent in both orders. Neither may enable,
 * block or change the other, and both orders must end in one state.
 * @param moves all moves of the state
 * @param footprint what a transition touched
 * @returns the number of pairs, and in words those that turn out to depend on each other
 */
export function diamonds(
  program: Program,
  state: State,
  moves: readonly Move[],
  footprint: (transition: Transition) => Footprint = footprintOf,
): { pairs: number; broken: string[] } {
  let pairs = 0;
  const broken: string[] = [];
  for (const first of moves) {
    for (const second of moves) {
      if (first.thread >= second.thread) continue;
      if (isBlocked(first) && isBlocked(second)) continue;
      if (conflicts(footprint(first.transition), footprint(second.transition))) continue;
      pairs++;
      const one = both(program, state, first, second);
      const other = both(program, state, second, first);
      const wrong =
        one.second !== effectOf(second)
          ? `${spelled(first)} changes ${spelled(second)}`
          : other.second !== effectOf(first)
            ? `${spelled(second)} changes ${spelled(first)}`
            : one.key !== undefined && other.key !== undefined && one.key !== other.key
              ? `the order of ${spelled(first)} and ${spelled(second)} matters`
              : undefined;
      if (wrong !== undefined) broken.push(wrong);
    }
  }
  return { pairs, broken };
}

/** What the second move does after the first, and the state after both if both can happen. */
function both(program: Program, state: State, first: Move, second: Move): { second: string; key: string | undefined } {
  if (isBlocked(first)) return { second: effectOf(second), key: undefined };
  const between = after(program, state, first);
  const again = movesOf(program, between, second.thread).find(({ event }) => event.choice === second.event.choice);
  if (again === undefined) return { second: "has other choices", key: undefined };
  return { second: effectOf(again), key: isBlocked(again) ? undefined : keyOf(after(program, between, again)) };
}

/** Everything that a move does, in words that are equal when it is. */
function effectOf(move: Move): string {
  const { status, result, writes, choicePoint } = move.transition;
  const written = [...writes].map(([ref, value]): Value => [ref.key, value]);
  return canonical([status, result, written, brokenBy(move), choicePoint?.options ?? null]);
}

function spelled({ event }: Move): string {
  return JSON.stringify(event);
}

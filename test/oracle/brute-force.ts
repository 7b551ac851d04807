import type { Program } from "@faultline/interleave";
import { cheapest, type Cost, type Edge, type Node } from "./cheapest.ts";
import {
  after,
  allMovesOf,
  brokenAtEnd,
  brokenBy,
  initialState,
  isBlocked,
  keyOf,
  type Move,
  type State,
  waiting,
} from "./world.ts";

/** Everything that the runs of a program can do, found without any cleverness. */
export interface BruteForce {
  readonly states: number;
  readonly transitions: number;
  /** `${task} ${violationKey}` of every violation on any run, those of its end included, with the cheapest run to it. */
  readonly violations: ReadonlyMap<string, Cost>;
  /** Encoded states in which nothing is enabled and every thread but daemons is over. */
  readonly finals: ReadonlySet<string>;
  /** Encoded states in which nothing is enabled and some thread that is no daemon waits. */
  readonly deadlocks: ReadonlySet<string>;
  /** What happened somewhere: `op`, `op=choice`, `op blocked`, `op stopped`. Tells a vacuous program from a good one. */
  readonly happened: ReadonlySet<string>;
}

/**
 * Explores every state of a program, breadth first, one `apply` per event: no reduction, no table, no hashing.
 * @param visit called once per state with all that the threads could do in it
 * @returns undefined when there are more than `maxStates`
 */
export function bruteForce(
  program: Program,
  maxStates = Infinity,
  visit?: (state: State, moves: readonly Move[]) => void,
): BruteForce | undefined {
  const states: State[] = [];
  const nodes: Node[] = [];
  const numbers = new Map<string, number>();
  const number = (state: State): number => {
    const key = keyOf(state);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, states.length);
    return states.push(state) - 1;
  };
  number(initialState(program));

  const finals = new Set<string>();
  const deadlocks = new Set<string>();
  const happened = new Set<string>();
  let transitions = 0;
  // The list grows while it is walked.
  for (const state of states) {
    if (states.length > maxStates) return undefined;
    const moves = allMovesOf(program, state);
    visit?.(state, moves);
    for (const { event, transition } of moves) {
      const name = event.choice === undefined ? event.op : `${event.op}=${event.choice}`;
      happened.add(event.op).add(transition.status === "done" ? name : `${name} ${transition.status}`);
    }
    const edges = moves
      .filter((move) => !isBlocked(move))
      .map((move): Edge => ({
        task: move.event.task,
        to: number(after(program, state, move)),
        violations: brokenBy(move),
      }));
    transitions += edges.length;
    nodes.push({ edges, endViolations: edges.length > 0 ? [] : brokenAtEnd(program, state) });
    if (edges.length === 0) (waiting(program, state).length > 0 ? deadlocks : finals).add(state.snapshot.encode());
  }
  return { states: states.length, transitions, finals, deadlocks, happened, violations: cheapest(nodes) };
}

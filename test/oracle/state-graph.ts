import type { Program } from "@faultline/interleave";
import { checkEnd } from "@faultline/mm";
import { after, allMovesOf, initialState, isBlocked, keyOf, type State } from "./world.ts";

/** A step from one state to another. */
export type Step = {
  readonly thread: number;
  readonly to: number;
  /** A daemon's step that writes what a step or condition of a thread that must finish touches, anywhere. */
  readonly concerns: boolean;
};

export type GraphNode = {
  readonly steps: readonly Step[];
  readonly enabled: ReadonlySet<number>;
  /** Threads, daemons aside, that are not over. */
  readonly unfinished: readonly number[];
  /** Events of the shortest run to it. */
  readonly depth: number;
  /** Names of the end rules that it would break. */
  readonly broken: readonly string[];
};

/**
 * All states of a program and all steps between them; the first node is where runs start.
 * @returns undefined when there are more than `maxStates`
 */
export function stateGraph(program: Program, maxStates: number): GraphNode[] | undefined {
  const states: State[] = [initialState(program)];
  const depths = [0];
  const numbers = new Map<string, number>([[keyOf(states[0]!), 0]]);
  const touchedByFinishers = new Set<string>();
  const rows: { thread: number; to: number; writes: string[] }[][] = [];
  // The list grows while it is walked.
  for (const [at, state] of states.entries()) {
    if (states.length > maxStates) return undefined;
    const row: (typeof rows)[number] = [];
    for (const move of allMovesOf(program, state)) {
      const { thread, transition } = move;
      const writes = [...transition.writes.keys()].map(({ key }) => key);
      if (!program.threads[thread]!.daemon) {
        for (const { key } of transition.reads.keys()) touchedByFinishers.add(key);
        for (const key of writes) touchedByFinishers.add(key);
      }
      if (isBlocked(move)) continue;
      const next = after(program, state, move);
      const key = keyOf(next);
      let to = numbers.get(key);
      if (to === undefined) {
        numbers.set(key, (to = states.push(next) - 1));
        depths.push(depths[at]! + 1);
      }
      row.push({ thread, to, writes });
    }
    rows.push(row);
  }
  return states.map(({ positions, snapshot }, at) => ({
    steps: rows[at]!.map(({ thread, to, writes }) => ({
      thread,
      to,
      concerns: program.threads[thread]!.daemon && writes.some((key) => touchedByFinishers.has(key)),
    })),
    enabled: new Set(rows[at]!.map(({ thread }) => thread)),
    unfinished: program.threads.flatMap(({ daemon }, thread) =>
      daemon || positions[thread]!.request === undefined ? [] : [thread],
    ),
    depth: depths[at]!,
    broken: checkEnd(program.machine, snapshot).map(({ rule }) => rule.name),
  }));
}

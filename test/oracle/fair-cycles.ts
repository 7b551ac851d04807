import type { GraphNode, Step } from "./state-graph.ts";

// Livelock and starvation by their definition, twice. A fair cycle is a closed walk in which every thread that is
// enabled in all its states takes a step. `livelock task:1+task:2`: these are unfinished in it, and no daemon makes a
// step that concerns them. `starvation task:1`: it is unfinished, and some daemon does. `lasting RULE`: all states of the
// cycle break this rule of the end.

const nameOf = (thread: number): string => `task:${thread + 1}`;

/** What a closed walk shows, when it is fair: nothing, a livelock, or the starvation of each of these. */
function shown(unfinished: readonly number[], concerned: boolean): string[] {
  if (unfinished.length === 0) return [];
  if (concerned) return unfinished.map((thread) => `starvation ${nameOf(thread)}`);
  return [`livelock ${unfinished.map(nameOf).join("+")}`];
}

/** @returns what is shown by some fair closed walk, with the events of the shortest lasso that shows it */
export function fairCyclesByWalking(nodes: readonly GraphNode[], threads: number): Map<string, number> {
  const found = new Map<string, number>();
  const note = (name: string, size: number): void => {
    if (size < (found.get(name) ?? Infinity)) found.set(name, size);
  };
  const someUnfinished = ({ unfinished }: GraphNode): boolean => unfinished.length > 0;
  fairWalks(nodes, threads, someUnfinished, (start, size, concerned) => {
    for (const name of shown(start.unfinished, concerned)) note(name, size);
  });
  for (const rule of new Set(nodes.flatMap(({ broken }) => broken))) {
    fairWalks(
      nodes,
      threads,
      ({ broken }) => broken.includes(rule),
      (_, size) => {
        note(`lasting ${rule}`, size);
      },
    );
  }
  return found;
}

/**
 * Walks from every state, remembering who has stepped or was found disabled on the way, until it is back.
 * @param inside the states in which walks must stay
 */
function fairWalks(
  nodes: readonly GraphNode[],
  threads: number,
  inside: (node: GraphNode) => boolean,
  onFair: (start: GraphNode, size: number, concerned: boolean) => void,
): void {
  const excused = (node: GraphNode): number[] => all(threads).filter((thread) => !node.enabled.has(thread));
  nodes.forEach((start, anchor) => {
    if (!inside(start)) return;
    const seen = new Set<string>();
    let level = [{ at: anchor, done: excused(start), concerned: false }];
    for (let length = 1; level.length > 0; length++) {
      const next: typeof level = [];
      for (const { at, done, concerned } of level) {
        for (const { thread, to, concerns } of nodes[at]!.steps) {
          // Who is over stays over: outside of these states there is no way back.
          if (!inside(nodes[to]!) || nodes[to]!.unfinished.length !== start.unfinished.length) continue;
          const now = [...new Set([...done, thread, ...excused(nodes[to]!)])].sort();
          const walk = { at: to, done: now, concerned: concerned || concerns };
          const key = JSON.stringify(walk);
          if (seen.has(key)) continue;
          seen.add(key);
          next.push(walk);
          if (to === anchor && now.length === threads) onFair(start, start.depth + length, walk.concerned);
        }
      }
      level = next;
    }
  });
}

/**
 * Tries every set of states within a strongly connected component as the states of a cycle.
 * @returns what is shown by some fair cycle; undefined when some component has more than `maxSize` states
 */
export function fairCyclesBySubsets(
  nodes: readonly GraphNode[],
  threads: number,
  maxSize: number,
): Set<string> | undefined {
  const found = new Set<string>();
  for (const component of stronglyConnected(nodes)) {
    if (component.length > maxSize) return undefined;
    for (let subset = 1; subset < 2 ** component.length; subset++) {
      const states = component.filter((_, i) => (subset & (1 << i)) !== 0);
      for (const quiet of [true, false]) {
        const inside = new Map(
          states.map((state) => [
            state,
            nodes[state]!.steps.filter(({ to, concerns }) => states.includes(to) && !(quiet && concerns)),
          ]),
        );
        const steps = [...inside.values()].flat();
        const concerned = steps.some(({ concerns }) => concerns);
        if (quiet === concerned || steps.length === 0 || !isConnected(states, inside)) continue;
        const fair = all(threads).every(
          (thread) =>
            states.some((state) => !nodes[state]!.enabled.has(thread)) || steps.some((step) => step.thread === thread),
        );
        if (!fair) continue;
        for (const name of shown(nodes[states[0]!]!.unfinished, concerned)) found.add(name);
        for (const rule of nodes[states[0]!]!.broken) {
          if (states.every((state) => nodes[state]!.broken.includes(rule))) found.add(`lasting ${rule}`);
        }
      }
    }
  }
  return found;
}

/** Components by a closure of who reaches whom, those without a step inside left out. */
function stronglyConnected(nodes: readonly GraphNode[]): number[][] {
  const reaches = nodes.map((_, from) => {
    const reached = new Set<number>();
    const work = [from];
    for (let at = work.pop(); at !== undefined; at = work.pop()) {
      for (const { to } of nodes[at]!.steps) {
        if (reached.has(to)) continue;
        reached.add(to);
        work.push(to);
      }
    }
    return reached;
  });
  return nodes.flatMap((_, state) => {
    const component = nodes
      .map((__, i) => i)
      .filter((other) => reaches[state]!.has(other) && reaches[other]!.has(state));
    return component[0] === state ? [component] : [];
  });
}

/** Whether these steps lead from each state to each other one. */
function isConnected(states: readonly number[], inside: ReadonlyMap<number, readonly Step[]>): boolean {
  return states.every((from) => {
    const reached = new Set([from]);
    for (const at of reached) for (const { to } of inside.get(at)!) reached.add(to);
    return reached.size === states.length;
  });
}

const all = (threads: number): number[] => Array.from({ length: threads }, (_, thread) => thread);

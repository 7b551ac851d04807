import { type Components, componentsOf } from "./components.ts";
import type { StateGraph } from "./state-graph.ts";

/** A set of states round which the program can go for ever, and fairly. */
export interface FairComponent {
  /** Its index among the components. */
  readonly index: number;
  readonly states: readonly number[];
  /** Threads that must finish and never do while the program stays inside. */
  readonly unfinished: readonly number[];
}

/** Part of the graph in which cycles are looked for. */
export interface Region {
  readonly graph: StateGraph;
  /** By label: whether its edges may be taken. */
  readonly allowed: readonly boolean[];
  readonly components: Components;
}

/** The graph without the edges that are not allowed and, where `within` is given, without other states. */
export function regionOf(graph: StateGraph, allowed: readonly boolean[], within?: ReadonlySet<number>): Region {
  return { graph, allowed, components: componentsOf(graph, allowed, within) };
}

/** Whether an edge stays inside its source's component. */
export function staysInside({ graph, allowed, components }: Region, component: number, edge: number): boolean {
  const target = graph.target(edge);
  return target < graph.expanded && components.of[target] === component && allowed[graph.labelOf(edge)]!;
}

/**
 * The components that hold a fair cycle: every thread that is enabled in all states of the cycle takes a step in it.
 *
 * It is enough to look at whole components. A thread enabled throughout a component is enabled throughout every cycle
 * inside it: when it has no step there, no cycle inside is fair. When every such thread has one, the closed walk along
 * all edges is fair. And who is over stays over, so that all cycles of a component leave the same threads unfinished.
 */
export function fairComponents(region: Region): FairComponent[] {
  const { graph, components } = region;
  return components.members.flatMap((states, index) => {
    const unfinished: number[] = [];
    for (let thread = 0; thread < graph.threads; thread++) {
      if (!graph.isDaemon(thread) && !graph.isOver(states[0]!, thread)) unfinished.push(thread);
    }
    return isFair(region, index) ? [{ index, states, unfinished }] : [];
  });
}

function isFair(region: Region, index: number): boolean {
  const { graph, components } = region;
  const states = components.members[index]!;
  const steps = new Uint8Array(graph.threads);
  const enabledIn = new Int32Array(graph.threads);
  for (const state of states) {
    let last = -1;
    for (let edge = graph.first(state); edge < graph.end(state); edge++) {
      const thread = graph.threadOf(edge);
      // A state's edges are in order of thread.
      if (thread !== last) enabledIn[(last = thread)]!++;
      if (staysInside(region, index, edge)) steps[thread] = 1;
    }
  }
  return enabledIn.every((count, thread) => count < states.length || steps[thread] === 1);
}

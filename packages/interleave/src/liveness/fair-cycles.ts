import type { Violation } from "@faultline/mm";
import { type FairComponent, fairComponents, type Region, regionOf, staysInside } from "./fairness.ts";
import type { Wish } from "./fair-loop.ts";
import type { StateGraph } from "./state-graph.ts";

/**
 * Whether nobody gets anywhere, or somebody is kept from it by daemons that go on, or something stays as it should not
 * for as long as all go on.
 */
export type Kind = "livelock" | "starvation" | "lasting";

/** Fair cycles that show one and the same thing. */
export interface Cycle {
  readonly kind: Kind;
  /** Threads that never finish: all of them in a livelock, the one in question in starvation; else nobody is meant. */
  readonly unfinished: readonly number[];
  readonly region: Region;
  /** Where the cycles are; at least one. */
  readonly components: readonly FairComponent[];
  readonly wish: Wish;
  /** What stays broken, where that is what the cycle shows. */
  readonly broken?: Violation;
}

/**
 * All livelocks and starvations of a graph.
 *
 * A fair cycle is a closed walk in which every thread that is enabled in all its states takes a step. It matters when
 * some thread that must finish (no daemon) has not. A daemon's step *concerns* the others when it writes a component
 * that some step of theirs, or the condition on which one waits, reads or writes.
 * - Livelock of a set of threads: a fair cycle with just these unfinished and no step that concerns them by a daemon.
 *   Daemons may go on: they do not make it, nor could they end it.
 * - Starvation of a thread: a fair cycle in which it is unfinished and a daemon makes a step that concerns the others.
 */
export function fairCycles(graph: StateGraph): Cycle[] {
  const concerns = graph.labels.map(
    ({ thread, leaf }) => graph.isDaemon(thread) && leaf.written.meets(graph.touchedByFinishers),
  );
  const quiet = regionOf(
    graph,
    concerns.map((one) => !one),
  );
  const cycles = livelocks(quiet);
  return concerns.includes(true) ? [...cycles, ...starvations(graph, concerns)] : cycles;
}

function livelocks(region: Region): Cycle[] {
  const bySet = new Map<string, FairComponent[]>();
  for (const component of fairComponents(region)) {
    if (component.unfinished.length === 0) continue;
    const key = component.unfinished.map((thread) => String(thread).padStart(6, "0")).join();
    bySet.set(key, [...(bySet.get(key) ?? []), component]);
  }
  return [...bySet]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, components]): Cycle => {
      return { kind: "livelock", unfinished: components[0]!.unfinished, region, components, wish: {} };
    });
}

function starvations(graph: StateGraph, concerns: readonly boolean[]): Cycle[] {
  const region = regionOf(
    graph,
    concerns.map(() => true),
  );
  const disturbed = fairComponents(region).filter(({ index, states }) =>
    states.some((state) => {
      for (let edge = graph.first(state); edge < graph.end(state); edge++) {
        if (concerns[graph.labelOf(edge)]! && staysInside(region, index, edge)) return true;
      }
      return false;
    }),
  );
  const starved = new Set(disturbed.flatMap(({ unfinished }) => unfinished));
  return [...starved]
    .sort((a, b) => a - b)
    .map((thread): Cycle => {
      const components = disturbed.filter(({ unfinished }) => unfinished.includes(thread));
      return { kind: "starvation", unfinished: [thread], region, components, wish: { oneOf: concerns } };
    });
}

import { type Region, staysInside } from "./fairness.ts";
import type { Wish } from "./fair-loop.ts";

/**
 * Some fair loop from a state of a fair component back to it, found in polynomial time: goes the shortest way to where
 * one more obligation is met, and at last back.
 * @throws Error when the component is not fair or cannot fulfil the wish
 */
export function someFairLoop(region: Region, anchor: number, { oneOf }: Wish): number[] {
  const { graph } = region;
  const open = new Set<number>();
  for (let edge = graph.first(anchor); edge < graph.end(anchor); edge++) open.add(graph.threadOf(edge));
  let wished = oneOf !== undefined;
  const loop: number[] = [];
  const isOneOf = (edge: number): boolean => wished && oneOf![graph.labelOf(edge)]!;
  const isNews = (edge: number): boolean =>
    isOneOf(edge) ||
    open.has(graph.threadOf(edge)) ||
    [...open].some((thread) => !graph.isEnabled(graph.target(edge), thread));
  let state = anchor;
  const go = (goal: (edge: number) => boolean): void => {
    for (const edge of way(region, state, goal)) {
      loop.push(edge);
      state = graph.target(edge);
      if (isOneOf(edge)) wished = false;
      open.delete(graph.threadOf(edge));
      for (const thread of open) if (!graph.isEnabled(state, thread)) open.delete(thread);
    }
  };
  while (open.size > 0 || wished) go(isNews);
  if (state !== anchor || loop.length === 0) go((edge) => graph.target(edge) === anchor);
  return loop;
}

/** The shortest walk inside the component whose last edge is a goal. */
function way(region: Region, from: number, goal: (edge: number) => boolean): number[] {
  const { graph, components } = region;
  const component = components.of[from]!;
  const reachedBy = new Map<number, { readonly edge: number; readonly state: number }>();
  const queue = [from];
  for (const state of queue) {
    for (let edge = graph.first(state); edge < graph.end(state); edge++) {
      if (!staysInside(region, component, edge)) continue;
      if (goal(edge)) {
        const edges = [edge];
        for (let at = state; at !== from; at = reachedBy.get(at)!.state) edges.push(reachedBy.get(at)!.edge);
        return edges.reverse();
      }
      const target = graph.target(edge);
      if (target === from || reachedBy.has(target)) continue;
      reachedBy.set(target, { edge, state });
      queue.push(target);
    }
  }
  throw new Error("a component that was called fair holds no fair loop");
}

import type { Space } from "../space/space.ts";
import { enter, stepOf, takeBack } from "./enter.ts";
import { type Region, staysInside } from "./fairness.ts";

/** Makes each state of a component the space's current one, once, and leaves the space in its initial state. */
export function walkComponent(space: Space, region: Region, index: number, visit: (state: number) => void): void {
  const { graph, components } = region;
  const root = components.members[index]![0]!;
  const seen = new Set([root]);
  const take = (edge: number, undo: number[]): void => {
    const { thread, leaf } = stepOf(space, graph, edge);
    enter(space, thread, leaf, undo);
  };
  space.reset();
  for (const edge of graph.stem(root)) take(edge, []);
  visit(root);
  const path: { readonly state: number; edge: number; readonly undo: number[] }[] = [
    { state: root, edge: graph.first(root), undo: [] },
  ];
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    if (top.edge === graph.end(top.state)) {
      takeBack(space, top.undo);
      path.pop();
      continue;
    }
    const edge = top.edge++;
    const target = graph.target(edge);
    if (!staysInside(region, index, edge) || seen.has(target)) continue;
    const undo: number[] = [];
    take(edge, undo);
    seen.add(target);
    visit(target);
    path.push({ state: target, edge: graph.first(target), undo });
  }
  space.reset();
}

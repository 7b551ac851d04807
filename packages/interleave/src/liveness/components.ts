import type { StateGraph } from "./state-graph.ts";

/** The strongly connected components that hold an edge, and which component each state is in. */
export interface Components {
  /** States of each component, ascending. */
  readonly members: readonly (readonly number[])[];
  /** By state: the index of its component, or -1 when no cycle leads through it. */
  readonly of: Int32Array;
}

/**
 * Tarjan's algorithm, without recursion, over the expanded states and those edges that are allowed.
 * @param allowed by label: whether its edges count
 * @param within the states that count; absent: all
 */
export function componentsOf(graph: StateGraph, allowed: readonly boolean[], within?: ReadonlySet<number>): Components {
  const size = graph.expanded;
  const of = new Int32Array(size).fill(-1);
  const order = new Int32Array(size).fill(-1);
  const low = new Int32Array(size);
  const open = new Uint8Array(size);
  const members: number[][] = [];
  const stack: number[] = [];
  const path: { readonly state: number; edge: number }[] = [];
  let visited = 0;

  const visit = (state: number): void => {
    order[state] = low[state] = visited++;
    open[state] = 1;
    stack.push(state);
    path.push({ state, edge: graph.first(state) });
  };

  const leave = (state: number): void => {
    path.pop();
    const below = path.at(-1);
    if (below !== undefined) low[below.state] = Math.min(low[below.state]!, low[state]!);
    if (low[state] !== order[state]) return;
    const component: number[] = [];
    for (let member = -1; member !== state;) {
      member = stack.pop()!;
      open[member] = 0;
      component.push(member);
    }
    if (component.length === 1 && !hasLoop(graph, allowed, state)) return;
    for (const member of component) of[member] = members.length;
    members.push(component.sort((a, b) => a - b));
  };

  for (let root = 0; root < size; root++) {
    if (order[root]! >= 0 || within?.has(root) === false) continue;
    visit(root);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      if (top.edge === graph.end(top.state)) {
        leave(top.state);
        continue;
      }
      const edge = top.edge++;
      const target = graph.target(edge);
      if (target >= size || !allowed[graph.labelOf(edge)]! || within?.has(target) === false) continue;
      if (order[target]! < 0) visit(target);
      else if (open[target] === 1) low[top.state] = Math.min(low[top.state]!, order[target]!);
    }
  }
  return { members, of };
}

function hasLoop(graph: StateGraph, allowed: readonly boolean[], state: number): boolean {
  for (let edge = graph.first(state); edge < graph.end(state); edge++) {
    if (graph.target(edge) === state && allowed[graph.labelOf(edge)]!) return true;
  }
  return false;
}

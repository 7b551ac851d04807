/** What a run costs: context switches first, then events. A switch is two neighbouring events of different tasks. */
export type Cost = { readonly switches: number; readonly events: number };

export type Edge = {
  readonly task: number;
  readonly to: number;
  readonly violations: readonly string[];
};

/** One state of the graph; the first node is where runs start. */
export type Node = {
  readonly edges: readonly Edge[];
  /** What is broken when a run ends here. */
  readonly endViolations: readonly string[];
};

type Visit = { readonly node: number; readonly last: number };

/** The cost of the cheapest run to each violation. A run that reaches a violating event has taken it. */
export function cheapest(nodes: readonly Node[]): Map<string, Cost> {
  const violations = new Map<string, Cost>();
  const done = new Set<string>();
  // An event leads from (s, e) to (s, e+1) or (s+1, e+1), so walking s outside and e inside meets the cheapest first.
  let level = new Map<number, Visit[]>([[0, [{ node: 0, last: 0 }]]]);
  for (let switches = 0; level.size > 0; switches++) {
    const nextLevel = new Map<number, Visit[]>();
    const found = (name: string, cost: Cost): void => {
      // A switch to the violating event belongs to the next level, where fewer events may still turn up.
      const known = violations.get(name);
      if (known === undefined || less(cost, known)) violations.set(name, cost);
    };
    for (let events = Math.min(...level.keys()); events <= Math.max(...level.keys()); events++) {
      for (const { node, last } of level.get(events) ?? []) {
        const name = `${node} ${last}`;
        if (done.has(name)) continue;
        done.add(name);
        for (const broken of nodes[node]!.endViolations) found(broken, { switches, events });
        for (const edge of nodes[node]!.edges) {
          const switched = last !== 0 && edge.task !== last;
          const cost = { switches: switched ? switches + 1 : switches, events: events + 1 };
          for (const broken of edge.violations) found(broken, cost);
          const target = switched ? nextLevel : level;
          const visits = target.get(cost.events) ?? [];
          if (visits.length === 0) target.set(cost.events, visits);
          visits.push({ node: edge.to, last: edge.task });
        }
      }
    }
    level = nextLevel;
  }
  return violations;
}

function less(a: Cost, b: Cost): boolean {
  return a.switches < b.switches || (a.switches === b.switches && a.events < b.events);
}

import { checkEnd, type EndRule, type Violation, violationKey } from "@faultline/mm";
import type { Space } from "../space/space.ts";
import type { Cycle } from "./fair-cycles.ts";
import { fairComponents, regionOf } from "./fairness.ts";
import type { StateGraph } from "./state-graph.ts";
import { walkComponent } from "./walk-component.ts";

/**
 * Rules of the end that a fair cycle breaks in all of its states, one cycle per rule and object: those that say so of
 * themselves ({@link EndRule.throughout}). Who is finished and who is not does not matter.
 */
export function lastingCycles(space: Space, graph: StateGraph): Cycle[] {
  const rules = space.program.machine.endRules.filter((rule) => rule.throughout !== undefined && hasMet(space, rule));
  if (rules.length === 0) return [];
  const allowed = graph.labels.map(() => true);
  const whole = regionOf(graph, allowed);
  const broken = new Map<string, { readonly violation: Violation; readonly states: Set<number> }>();
  whole.components.members.forEach((_, index) => {
    walkComponent(space, whole, index, (state) => {
      for (const violation of checkEnd({ endRules: rules }, space.snapshot())) {
        const key = violationKey(violation);
        const known = broken.get(key) ?? { violation, states: new Set() };
        known.states.add(state);
        broken.set(key, known);
      }
    });
  });
  return [...broken]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { violation, states }]): Cycle[] => {
      const region = regionOf(graph, allowed, states);
      const components = fairComponents(region);
      return components.length === 0
        ? []
        : [{ kind: "lasting", unfinished: [], region, components, wish: {}, broken: violation }];
    });
}

/** Whether any step has read or written a component that the rule is about. */
function hasMet({ slots }: Space, { throughout }: EndRule): boolean {
  for (let slot = slots.threads; slot < slots.size; slot++) if (slots.ref(slot)!.kind === throughout) return true;
  return false;
}

import { allPairs } from "@faultline/interleave";
import { type Explored, bySeverity } from "./explore-variant.ts";

/**
 * The same answer with one finding per rule and pair of steps instead of one per rule, step and object. What no single
 * step shows stays as it is: lock classes in a circle, and what goes on for ever.
 */
export function withAllPairs(explored: Explored): Explored {
  const { instance, findings, limits } = explored;
  if (findings.length === 0) return explored;
  const others = findings.filter(({ potential, loop }) => potential === true || loop !== undefined);
  const pairs = allPairs(instance.program, limits.minimizeBudget);
  return { ...explored, findings: [...pairs.findings, ...others].toSorted(bySeverity), allPairs: pairs.complete };
}

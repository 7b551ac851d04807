import { allPairs } from "@faultline/interleave";
import { type Explored, bySeverity } from "./explore-variant.ts";

/**
 * The same answer with one finding per rule and pair of steps instead of one per rule, step and object. What no single
 * run shows, as lock classes in a circle, stays as it is.
 */
export function withAllPairs(explored: Explored): Explored {
  const { instance, findings, limits } = explored;
  if (findings.length === 0) return explored;
  const potential = findings.filter((finding) => finding.potential === true);
  const pairs = allPairs(instance.program, limits.minimizeBudget);
  return { ...explored, findings: [...pairs.findings, ...potential].toSorted(bySeverity), allPairs: pairs.complete };
}

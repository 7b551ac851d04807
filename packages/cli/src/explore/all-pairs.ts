import { allPairs, type Finding } from "@faultline/interleave";
import { type Explored, bySeverity } from "./explore-variant.ts";

/**
 * The same answer with one finding per rule and pair of steps instead of one per rule, step and object. What no single
 * step shows stays as it is: lock classes in a circle, and what goes on for ever. Where a limit ended the search, so does
 * each finding of which no pair was found.
 * @param expired whether time is up
 */
export function withAllPairs(explored: Explored, expired: (() => boolean) | undefined): Explored {
  const { instance, findings, limits } = explored;
  if (findings.length === 0) return explored;
  const pairs = allPairs(instance.program, {
    ...(limits.minimizeBudget === undefined ? {} : { budget: limits.minimizeBudget }),
    ...(expired === undefined ? {} : { expired }),
  });
  const hasPair = new Set(pairs.findings.map(placeOf));
  const others = findings.filter((one) => {
    if (one.potential === true || one.loop !== undefined) return true;
    return pairs.stopped !== undefined && !hasPair.has(placeOf(one));
  });
  const found = [...pairs.findings, ...others].toSorted(bySeverity);
  return { ...explored, findings: found, allPairs: { stopped: pairs.stopped } };
}

function placeOf({ violation }: Finding): string {
  return `${violation.task} ${violation.rule.name} ${violation.op}`;
}

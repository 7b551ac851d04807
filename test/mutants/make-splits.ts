import type ts from "typescript";
import { type Draft, wrap } from "./make.ts";
import type { Unit } from "./sites.ts";

/**
 * A step in two: first it looks, later it does what was to be done when it looked, whatever has happened meanwhile. A
 * step that writes nothing is none of these.
 */
export function splits(_checker: ts.TypeChecker, unit: Unit): Draft[] {
  return unit.sites
    .filter(({ kind }) => kind === "step")
    .map((site) => ({
      kind: "split",
      sites: [site],
      what: `${site.name} into a look and a store`,
      writer: site.name,
      edits: wrap(site.call, "$m.split("),
    }));
}

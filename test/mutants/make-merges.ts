import ts from "typescript";
import { type Draft, wrap } from "./make.ts";
import type { Site, Unit } from "./sites.ts";
import { successors } from "./successors.ts";

/** A step and the one that follows it in the same function, done as one that nobody can come between. */
export function merges(checker: ts.TypeChecker, unit: Unit): Draft[] {
  const functions = new Set(unit.sites.map(({ within }) => within));
  return [...functions].flatMap((within) =>
    [...successors(within, unit.sites)].flatMap(([site, next]): Draft[] => {
      const steps = [...next].filter((other): other is Site => other?.kind === "step");
      if (site.kind !== "step" || steps.length === 0) return [];
      const names = [...new Set(steps.map(({ name }) => name))].join(" or ");
      const around = captured(checker, unit, within);
      const edits = [...wrap(within, "$m.merging(", `, [${around.join(", ")}])`), ...wrap(site.call, "$m.first(")];
      const parties = [[site.name], steps.map(({ name }) => name)];
      return [{ kind: "merge", sites: [site], parties, what: `${site.name} with ${names}`, edits }];
    }),
  );
}

/** Variables of the unit around an inner function on which what it does depends. */
function captured(checker: ts.TypeChecker, unit: Unit, within: ts.Node): string[] {
  if (within === unit.node) return [];
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text !== "k") {
      const declaration = checker.getSymbolAtLocation(node)?.valueDeclaration;
      const outside = declaration !== undefined && declaration.pos >= unit.node.pos && declaration.end <= unit.node.end;
      if (outside && !(declaration.pos >= within.pos && declaration.end <= within.end)) names.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(within);
  return [...names];
}

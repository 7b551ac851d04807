import { edited } from "./edits.ts";
import { type Made, siteKeys, wrap } from "./make.ts";
import type { Unit } from "./sites.ts";
import ts from "typescript";

/**
 * A target's file in which every function has all its mutants beside it, and which of them runs is asked at each call:
 * one load serves them all.
 * @param runtime what the import of the mutants' runtime names
 */
export function withMutants(units: readonly Unit[], made: readonly Made[], runtime: string): string {
  const source = units[0]!.source;
  const edits = units.map((unit) => {
    const { node } = unit;
    const own = made.filter((mutant) => mutant.unit === unit);
    const keys = siteKeys(unit);
    const visits = unit.sites.flatMap((site) => wrap(site.call, "$m.visit(", `, ${JSON.stringify(keys.get(site))})`));
    const variants = [
      `"visits": ${bodyOf(unit, visits)}`,
      ...own.map(({ mutant, edits }) => `${JSON.stringify(mutant.key)}: ${bodyOf(unit, edits)}`),
    ];
    const picked = `$m.pick(${bodyOf(unit, [])}, {\n${variants.join(",\n")}\n})`;
    const text = ts.isFunctionDeclaration(node) ? `${exported(node)}const ${node.name!.text} = ${picked};` : picked;
    return { start: node.getStart(), end: node.getEnd(), text };
  });
  const text = source.getFullText();
  return `import * as $m from ${JSON.stringify(runtime)};\n${edited(text, 0, text.length, edits)}`;
}

function bodyOf({ node, source }: Unit, edits: Parameters<typeof edited>[3]): string {
  const start = (ts.isFunctionDeclaration(node) ? node.modifiers?.end : undefined) ?? node.getStart();
  return edited(source.getFullText(), start, node.getEnd(), edits);
}

function exported(node: ts.FunctionDeclaration): string {
  return node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true ? "export " : "";
}

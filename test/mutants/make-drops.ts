import ts from "typescript";
import { type Draft, replace, wrap } from "./make.ts";
import type { Site, Unit } from "./sites.ts";

/**
 * A step left out, once for each answer that the code may go on with: those that its type can list, 0 for a number and
 * nothing for a list. Where a step's answer cannot be made up, it is asked for, and nothing that the step does happens.
 */
export function drops(checker: ts.TypeChecker, unit: Unit): Draft[] {
  return unit.sites.flatMap((site): Draft[] => {
    const { call, name } = site;
    const without = (value: string, what: string): Draft => ({
      kind: "drop",
      sites: [site],
      what,
      edits: [replace(call, `$m.answer(${value})`)],
    });
    if (!site.used) return [without("null", name)];
    const { values, other } = answers(checker, site);
    const forced = values.map((value) => without(value, `${name}, as if it returned ${value}`));
    if (site.kind !== "step" || !other) return forced;
    const what = `what ${name} does; its answer is kept`;
    return [...forced, { kind: "drop", sites: [site], what, writer: name, edits: wrap(call, "$m.quiet(") }];
  });
}

/** The answers that can be made up, and whether there are others. */
function answers(checker: ts.TypeChecker, { type, kind }: Site): { values: string[]; other: boolean } {
  const values: string[] = [];
  let other = false;
  for (const part of type.isUnion() ? type.types : [type]) {
    if (part.isStringLiteral()) values.push(JSON.stringify(part.value));
    else if ((part.flags & ts.TypeFlags.BooleanLiteral) !== 0) values.push(checker.typeToString(part));
    else if ((part.flags & ts.TypeFlags.Null) !== 0) values.push("null");
    else if (kind !== "step" && (part.flags & ts.TypeFlags.NumberLike) !== 0) values.push("0");
    else if (kind !== "step" && isArray(checker, part)) values.push("[]");
    else other = true;
  }
  return { values: [...new Set(values)], other };
}

function isArray(checker: ts.TypeChecker, type: ts.Type): boolean {
  return checker.isArrayType(type) || checker.isTupleType(type);
}

import ts from "typescript";
import type { Draft } from "./make.ts";
import type { Edit } from "./edits.ts";
import type { Site, Unit } from "./sites.ts";

/**
 * Two neighbouring statements that make steps, in the other order, where the second needs nothing of what the first
 * or what stands between them finds out.
 */
export function swaps(_checker: ts.TypeChecker, unit: Unit): Draft[] {
  const { sites } = unit;
  const drafts: Draft[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isBlock(node) || ts.isCaseOrDefaultClause(node)) drafts.push(...swapsIn(node.statements, sites));
    ts.forEachChild(node, visit);
  };
  visit(unit.node);
  return drafts;
}

function swapsIn(statements: readonly ts.Statement[], sites: readonly Site[]): Draft[] {
  const steps = statements.flatMap((statement, index) => {
    const inside = sites.filter(({ call }) => contains(statement, call));
    return inside.length === 0 ? [] : [{ statement, index, inside }];
  });
  return steps.slice(1).flatMap((second, i): Draft[] => {
    const first = steps[i]!;
    const before = statements.slice(first.index, second.index);
    if (!independent(before, second.statement)) return [];
    const [a, b] = [first.inside[0]!, second.inside[0]!];
    const sites = [a, ...first.inside.slice(1), ...second.inside] as const;
    const edits = exchange(first.statement, second.statement);
    return [{ kind: "swap", sites, what: `${a.name} and ${b.name}`, edits }];
  });
}

/** `second` moves before `first`; where it returns, it does so after it. */
function exchange(first: ts.Statement, second: ts.Statement): Edit[] {
  const text = second.getText();
  const returned = ts.isReturnStatement(second) ? second.expression!.getText() : undefined;
  const [early, late] = returned === undefined ? [text, ""] : [`const $r = ${returned};`, "return $r;"];
  return [
    { start: first.getStart(), end: first.getStart(), text: `${early}\n` },
    { start: second.getStart(), end: second.getEnd(), text: late },
  ];
}

function independent(before: readonly ts.Statement[], second: ts.Statement): boolean {
  const [made, used] = [new Set<string>(), identifiers(second)];
  for (const statement of before) for (const name of [...declared(statement), ...assigned(statement)]) made.add(name);
  if ([...used].some((name) => made.has(name))) return false;
  const changed = new Set([...declared(second), ...assigned(second)]);
  return !before.some((statement) => [...identifiers(statement)].some((name) => changed.has(name)));
}

function contains(outer: ts.Node, inner: ts.Node): boolean {
  return outer.pos <= inner.pos && inner.end <= outer.end;
}

function identifiers(node: ts.Node): Set<string> {
  const names = new Set<string>();
  const visit = (part: ts.Node): void => {
    if (ts.isIdentifier(part)) names.add(part.text);
    ts.forEachChild(part, visit);
  };
  visit(node);
  return names;
}

/** Names that a statement declares for those after it. */
function declared(statement: ts.Statement): Set<string> {
  if (!ts.isVariableStatement(statement)) return new Set();
  return new Set(statement.declarationList.declarations.flatMap(({ name }) => [...identifiers(name)]));
}

function assigned(node: ts.Node): Set<string> {
  const names = new Set<string>();
  const visit = (part: ts.Node): void => {
    if (
      ts.isBinaryExpression(part) &&
      part.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
      ts.isIdentifier(part.left)
    )
      names.add(part.left.text);
    if (ts.isPostfixUnaryExpression(part) && ts.isIdentifier(part.operand)) names.add(part.operand.text);
    ts.forEachChild(part, visit);
  };
  visit(node);
  return names;
}

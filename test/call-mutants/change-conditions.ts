import ts from "typescript";
import { type Draft, shortText } from "./changes.ts";

/**
 * A condition forced true, forced false, or negated; an operand of && or || dropped, or negated; a comparison off by one.
 */
export function conditionChanges(node: ts.Node): Draft[] {
  const role = roleOf(node);
  if (role === undefined) return edgesOf(node);
  const draft = (kind: Draft["kind"], text: string): Draft => ({ kind, what: shortText(node), node, text });
  const forced = (kind: Draft["kind"], value: boolean): Draft => ({ ...draft(kind, String(value)), matters: !value });
  const own = role === "condition" ? [forced("true", true), forced("false", false)] : [forced("drop", role === "&&")];
  return [...own, draft("not", `!(${node.getText()})`), ...edgesOf(node)];
}

const EDGES: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.LessThanToken, "<="],
  [ts.SyntaxKind.LessThanEqualsToken, "<"],
  [ts.SyntaxKind.GreaterThanToken, ">="],
  [ts.SyntaxKind.GreaterThanEqualsToken, ">"],
]);

function edgesOf(node: ts.Node): Draft[] {
  if (!ts.isBinaryExpression(node) || inLoop(node)) return [];
  const other = EDGES.get(node.operatorToken.kind);
  if (other === undefined) return [];
  const [left, right] = [node.left.getText(), node.right.getText()];
  const draft: Draft = { kind: "edge", what: shortText(node), node, text: `${left} ${other} ${right}` };
  return [draft.text.includes("yield") ? draft : { ...draft, matters: { left, right } }];
}

/** How a check is used: as a whole, or as an operand; undefined for what is no check. */
function roleOf(node: ts.Node): "condition" | "&&" | "||" | undefined {
  if (!ts.isExpression(node) || ts.isParenthesizedExpression(node)) return undefined;
  const outer = around(node);
  const { parent } = outer;
  if (isLogical(parent)) {
    // Of `a && b && c` the operands are three.
    if (isLogical(node) && node.operatorToken.kind === parent.operatorToken.kind) return undefined;
    return parent.operatorToken.kind === AND ? "&&" : "||";
  }
  if (ts.isIfStatement(parent) && parent.expression === outer) return "condition";
  if (ts.isConditionalExpression(parent) && parent.condition === outer) return "condition";
  if (ts.isPrefixUnaryExpression(parent)) return undefined;
  if (inLoop(node)) return undefined;
  return isComparison(node) || isLogical(node) ? "condition" : undefined;
}

const AND = ts.SyntaxKind.AmpersandAmpersandToken;

function around(node: ts.Node): ts.Node {
  return ts.isParenthesizedExpression(node.parent) ? around(node.parent) : node;
}

function isLogical(node: ts.Node): node is ts.BinaryExpression {
  if (!ts.isBinaryExpression(node)) return false;
  const { kind } = node.operatorToken;
  return kind === AND || kind === ts.SyntaxKind.BarBarToken;
}

const COMPARISONS: ReadonlySet<ts.SyntaxKind> = new Set([
  ...EDGES.keys(),
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
]);

function isComparison(node: ts.Node): boolean {
  return ts.isBinaryExpression(node) && COMPARISONS.has(node.operatorToken.kind);
}

/** Whether this is how a loop goes on: no check of a call. */
function inLoop(node: ts.Node): boolean {
  const { parent } = around(node);
  return ts.isForStatement(parent) || ts.isWhileStatement(parent) || ts.isDoStatement(parent);
}

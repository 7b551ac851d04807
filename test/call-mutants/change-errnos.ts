import ts from "typescript";
import type { Draft } from "./changes.ts";

/** An errno in place of another one. */
export function errnoChanges(node: ts.Node): Draft[] {
  if (!ts.isPropertyAccessExpression(node) || node.expression.getText() !== "ERRNO") return [];
  const own = node.name.text;
  const other = own === "EINVAL" ? "ENOMEM" : "EINVAL";
  return [{ kind: "errno", what: `${own} is ${other}, ${forWhat(node)}`, node, text: `ERRNO.${other}` }];
}

/** The condition or statement that the errno belongs to, as its name. */
function forWhat(node: ts.Node): string {
  let at = node;
  while (!ts.isStatement(at.parent)) at = at.parent;
  const statement = at.parent;
  const outer = ts.isIfStatement(statement.parent) ? statement.parent.expression : statement;
  return outer.getText().replace(/\s+/g, " ").slice(0, 60);
}

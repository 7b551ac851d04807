import ts from "typescript";
import { type Draft, shortText } from "./changes.ts";

/** Two neighbouring checks in the other order. */
export function orderChanges(node: ts.Node): Draft[] {
  if (ts.isBlock(node) || ts.isCaseOrDefaultClause(node)) return statementOrders(node.statements);
  return ts.isConditionalExpression(node) ? chainOrder(node) : [];
}

/** `a ? x : b ? y : z`, where b is asked first. */
function chainOrder(node: ts.ConditionalExpression): Draft[] {
  const inner = node.whenFalse;
  if (!ts.isConditionalExpression(inner)) return [];
  if (node.whenTrue.getText() === inner.whenTrue.getText()) return [];
  const [a, x] = [node.condition.getText(), node.whenTrue.getText()];
  const [b, y, z] = [inner.condition.getText(), inner.whenTrue.getText(), inner.whenFalse.getText()];
  const what = `${shortText(node.condition)} and ${shortText(inner.condition)}`;
  return [{ kind: "swap", what, node, first: node.condition, text: `${b} ? ${y} : ${a} ? ${x} : ${z}` }];
}

function statementOrders(statements: readonly ts.Statement[]): Draft[] {
  return statements.flatMap((first, at): Draft[] => {
    if (!isGuard(first)) return [];
    const second = statements.findIndex((one, i) => i > at && !isDeclaration(one));
    const check = statements[second];
    const early = check === undefined ? undefined : earlyCheck(check);
    if (check === undefined || early === undefined) return [];
    const between = statements.slice(at + 1, second);
    if (!between.every(mayRunTwice) || returned(first) === early.returned) return [];
    const text = `{ ${[...between.map((one) => one.getText()), early.text].join(" ")} }`;
    const what = `${shortText(first.expression)} and ${shortText(early.condition)}`;
    return [
      { kind: "swap", what, node: first, first: first.expression, text, ...(isGuard(check) ? { later: check } : {}) },
    ];
  });
}

/** What a guard returns: two that return the same are the same in any order. */
function returned({ thenStatement }: ts.IfStatement): string {
  const last = ts.isBlock(thenStatement) ? thenStatement.statements.at(-1)! : thenStatement;
  return last.getText();
}

/** `if (…) return …;` */
function isGuard(statement: ts.Statement): statement is ts.IfStatement {
  if (!ts.isIfStatement(statement) || statement.elseStatement !== undefined) return false;
  const { thenStatement } = statement;
  const last = ts.isBlock(thenStatement) ? thenStatement.statements.at(-1) : thenStatement;
  return last !== undefined && ts.isReturnStatement(last);
}

/** A check as it is made before another one. */
interface Early {
  readonly condition: ts.Expression;
  readonly text: string;
  readonly returned: string;
}

/** The second check as it is made before the first; undefined for what is no check. */
function earlyCheck(statement: ts.Statement): Early | undefined {
  if (isGuard(statement)) {
    return { condition: statement.expression, text: statement.getText(), returned: returned(statement) };
  }
  // `return … ? errno : …`
  if (!ts.isReturnStatement(statement) || statement.expression === undefined) return undefined;
  const { expression } = statement;
  if (!ts.isConditionalExpression(expression)) return undefined;
  const { condition, whenTrue, whenFalse } = expression;
  if (/^ERRNO\.\w+$/.test(whenTrue.getText())) {
    const answer = `return ${whenTrue.getText()};`;
    return { condition, text: `if (${condition.getText()}) ${answer}`, returned: answer };
  }
  if (!/^ERRNO\.\w+$/.test(whenFalse.getText())) return undefined;
  const answer = `return ${whenFalse.getText()};`;
  return { condition, text: `if (!(${condition.getText()})) ${answer}`, returned: answer };
}

function isDeclaration(statement: ts.Statement): boolean {
  return ts.isVariableStatement(statement);
}

/** Steps that only look: what is declared by them may be found out twice. */
const LOOKS = /^(?:vmaView|vmaNext|vmaAt|vmaArea|vmaFind|readAnonVma|fdget)$/;

function mayRunTwice(statement: ts.Statement): boolean {
  let harmless = true;
  const visit = (node: ts.Node): void => {
    if (ts.isYieldExpression(node)) {
      const call = node.expression;
      if (call === undefined || !ts.isCallExpression(call) || !LOOKS.test(call.expression.getText())) harmless = false;
    }
    ts.forEachChild(node, visit);
  };
  visit(statement);
  return harmless;
}

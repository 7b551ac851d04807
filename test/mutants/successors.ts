import ts from "typescript";
import { isGenerator, type Site } from "./sites.ts";

/** What may come next in a function: sites, and undefined for its end. */
type Next = ReadonlySet<Site | undefined>;

/**
 * For every site of one function, what may come right after it in the same function, in the order in which expressions
 * are evaluated. The functions inside it are ways of their own.
 */
export function successors(within: ts.Node, sites: readonly Site[]): ReadonlyMap<Site, Next> {
  const own = new Map(sites.filter((site) => site.within === within).map((site) => [site.call as ts.Node, site]));
  const found = new Map<Site, Next>();
  const end: Next = new Set([undefined]);
  let [atBreak, atContinue] = [end, end];

  const list = (nodes: readonly ts.Node[], after: Next): Next =>
    nodes.reduceRight((next, node) => enter(node, next), after);

  /** What comes first when control reaches this node, if `after` comes after it. */
  const enter = (node: ts.Node | undefined, after: Next): Next => {
    if (node === undefined || isGenerator(node) || ts.isArrowFunction(node)) return after;
    if (ts.isIfStatement(node)) {
      return enter(node.expression, union(enter(node.thenStatement, after), enter(node.elseStatement, after)));
    }
    if (ts.isConditionalExpression(node)) {
      return enter(node.condition, union(enter(node.whenTrue, after), enter(node.whenFalse, after)));
    }
    if (ts.isBinaryExpression(node) && isShortCircuit(node.operatorToken.kind)) {
      return enter(node.left, union(after, enter(node.right, after)));
    }
    if (ts.isReturnStatement(node)) return enter(node.expression, end);
    if (ts.isBreakStatement(node)) return atBreak;
    if (ts.isContinueStatement(node)) return atContinue;
    if (ts.isForOfStatement(node)) return enter(node.expression, loopBody(node.statement, after));
    if (ts.isSwitchStatement(node)) {
      const cases = node.caseBlock.clauses.map((clause) => list(clause.statements, after));
      return enter(node.expression, cases.reduce(union, after));
    }
    const site = own.get(node);
    if (site !== undefined) {
      found.set(site, union(found.get(site) ?? new Set(), after));
      return list(site.call.arguments, new Set([site]));
    }
    const children: ts.Node[] = [];
    ts.forEachChild(node, (child) => {
      children.push(child);
    });
    return list(children, after);
  };

  const loopBody = (body: ts.Statement, after: Next): Next => {
    const outer = [atBreak, atContinue];
    let next = after;
    // Twice round: the second turn knows what the first begins with.
    for (let turn = 0; turn < 2; turn++) {
      [atBreak, atContinue] = [after, next];
      next = union(after, enter(body, next));
    }
    [atBreak, atContinue] = outer as [Next, Next];
    return next;
  };

  const { body } = within as ts.FunctionLikeDeclaration;
  enter(body, end);
  return found;
}

function union(a: Next, b: Next): Next {
  return new Set([...a, ...b]);
}

function isShortCircuit(kind: ts.SyntaxKind): boolean {
  return (
    kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    kind === ts.SyntaxKind.BarBarToken ||
    kind === ts.SyntaxKind.QuestionQuestionToken
  );
}

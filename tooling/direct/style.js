// Procedures without generators. Where one task runs alone nobody chooses between a step and its result, so that
// `yield* step()` may be a call: the same text without `function*` and `yield*` is the same procedure, run at once.
import ts from "typescript";

/**
 * The text of a module whose generators are functions, and whose `yield*` are calls. Lines stay where they are.
 * @param {string} text TypeScript, or JavaScript
 * @param {string} name for errors
 * @throws Error for a generator that does not only pass on what others yield
 */
export function directStyle(text, name) {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  /** @type {{ start: number, end: number }[]} */
  const cuts = [];
  const visit = (/** @type {ts.Node} */ node) => {
    if ("asteriskToken" in node && node.asteriskToken !== undefined) {
      const token = /** @type {ts.Node} */ (node.asteriskToken);
      const yields = ts.isYieldExpression(node);
      cuts.push({ start: yields ? node.getStart(source) : token.getStart(source), end: token.end });
    } else if (ts.isYieldExpression(node)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      throw new Error(`${name}:${line + 1}: a procedure yields nothing of its own: write a step, and yield* it`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  let direct = "";
  let at = 0;
  for (const { start, end } of cuts.toSorted((a, b) => a.start - b.start)) {
    direct += text.slice(at, start);
    at = end;
  }
  return direct + text.slice(at);
}

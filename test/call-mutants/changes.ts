import ts from "typescript";
import { conditionChanges } from "./change-conditions.ts";
import { errnoChanges } from "./change-errnos.ts";
import { orderChanges } from "./change-orders.ts";
import type { CallMutantKind } from "./mutant.ts";

/** A change to the text of one node. */
export interface Change {
  readonly kind: CallMutantKind;
  /** The function that is changed, as the source names it. */
  readonly within: string;
  /** What was there, in the words of the source. */
  readonly what: string;
  readonly node: ts.Node;
  /** What stands in the node's place; for two statements that change their order, what the second does before the first. */
  readonly text: string;
  /** When it matters, where that is known: where the check says otherwise, or where both sides are equal. */
  readonly matters?: boolean | { readonly left: string; readonly right: string };
  /** For two checks that change their order, the first one's condition: only where it holds does their order matter. */
  readonly first?: ts.Expression;
  /** The second of two statements that change their order: left out where the change is made. */
  readonly later?: ts.Statement;
}

/** A change without the function's name. */
export type Draft = Omit<Change, "within">;

/** Every change to the wanted functions of a file, in the order of the text. */
export function changesOf(source: ts.SourceFile, wanted: (name: string) => boolean): Change[] {
  return source.statements.flatMap((statement) => {
    const name = nameOf(statement);
    if (name === undefined || !wanted(name)) return [];
    const drafts: Draft[] = [];
    const visit = (node: ts.Node): void => {
      if (isCondition(node) && OTHERS.test(node.getText())) return;
      for (const make of [conditionChanges, errnoChanges, orderChanges]) drafts.push(...make(node));
      ts.forEachChild(node, visit);
    };
    visit(statement);
    return drafts.map((draft): Change => ({ ...draft, within: name }));
  });
}

/**
 * Conditions that decide nothing which a call returns or maps while it runs alone: which lock is taken, what others may
 * have done meanwhile, which hooks a driver has, whether a monitor wants to hear of it. They belong to the mutants of
 * test/mutants and to the tests of interleavings.
 */
const OTHERS = new RegExp(
  [
    /\b(?:downgrades?|visible|vmaLock|dontneedLock|uffdEvents|mmapHook|prepared?|complete|hooks?|ctx|monitors)\b/,
    /guardLock === "vma"|userfaultfdRemove|maySplit/,
    /pteOffsetMapLock|\bthere\b|found === null|"retry"/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "u",
);

function isCondition(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isIfStatement(parent) || ts.isConditionalExpression(parent)) {
    return node === (ts.isIfStatement(parent) ? parent.expression : parent.condition);
  }
  return ts.isVariableDeclaration(parent) && parent.initializer === node && /&&|\|\||[=!]==/u.test(node.getText());
}

/** A function, or a constant that one makes. */
function nameOf(statement: ts.Statement): string | undefined {
  if (ts.isFunctionDeclaration(statement)) return statement.name?.text;
  if (!ts.isVariableStatement(statement)) return undefined;
  const [declaration] = statement.declarationList.declarations;
  return declaration !== undefined && ts.isIdentifier(declaration.name) ? declaration.name.text : undefined;
}

/** A text on one line, not too long for a name. */
export function shortText(node: ts.Node): string {
  const text = node.getText().replace(/\s+/g, " ");
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

const LONGEST = 90;

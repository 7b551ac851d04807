import ts from "typescript";
import { pathOf, targetOf } from "./target.ts";
import { targetFiles, targets } from "./targets.ts";

/** A function of a target: the text that mutants of it replace. */
export interface Unit {
  readonly target: string;
  /** The kernel function's name, or the helper's spelled like one. */
  readonly name: string;
  readonly file: string;
  readonly source: ts.SourceFile;
  readonly node: ts.FunctionExpression | ts.FunctionDeclaration;
  readonly sites: readonly Site[];
}

/** A call made with `yield*`: a step, a procedure, or a helper made of steps. */
export interface Site {
  /** The call itself. */
  readonly call: ts.CallExpression;
  /** What is called, in the kernel's spelling. */
  readonly name: string;
  readonly kind: "step" | "procedure" | "helper";
  /** The type of its result. */
  readonly type: ts.Type;
  /** Whether anybody looks at the result. */
  readonly used: boolean;
  /** The innermost function around it. */
  readonly within: ts.Node;
  /** Line in the file, from 1. */
  readonly line: number;
}

/** The sources of the targets, with their types. */
export interface Sources {
  readonly checker: ts.TypeChecker;
  readonly units: readonly Unit[];
}

/** Reads and checks the targets' files. Takes seconds: call it once. */
export function readSources(): Sources {
  const program = ts.createProgram(targetFiles.map(pathOf), {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    strict: true,
    noUncheckedIndexedAccess: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const units = targetFiles.flatMap((file) => unitsOf(checker, program.getSourceFile(pathOf(file))!, file));
  return { checker, units };
}

function unitsOf(checker: ts.TypeChecker, source: ts.SourceFile, file: string): Unit[] {
  const units: Unit[] = [];
  const visit = (node: ts.Node): void => {
    if (!isGenerator(node)) {
      ts.forEachChild(node, visit);
      return;
    }
    const name = unitName(node);
    const target = targetOf(targets, file, name);
    if (target === undefined) return;
    units.push({ target, name, file, source, node, sites: sitesOf(checker, source, node) });
  };
  visit(source);
  return units;
}

type Generator = ts.FunctionExpression | ts.FunctionDeclaration;

/** Whether this is a generator function. */
export function isGenerator(node: ts.Node): node is Generator {
  return (ts.isFunctionExpression(node) || ts.isFunctionDeclaration(node)) && node.asteriskToken !== undefined;
}

function unitName(node: Generator): string {
  if (ts.isFunctionDeclaration(node)) return snake(node.name!.text);
  const call = node.parent;
  const first = ts.isCallExpression(call) ? call.arguments[0] : undefined;
  if (first !== undefined && ts.isStringLiteral(first)) return first.text;
  throw new Error(`a generator function that is neither declared nor a procedure: ${node.getText().slice(0, 60)}`);
}

function sitesOf(checker: ts.TypeChecker, source: ts.SourceFile, unit: ts.Node): Site[] {
  const sites: Site[] = [];
  const visit = (node: ts.Node, within: ts.Node): void => {
    if (ts.isYieldExpression(node)) {
      for (const call of callsIn(node.expression!)) {
        const used = !ts.isExpressionStatement(node.parent);
        const line = source.getLineAndCharacterOfPosition(call.getStart()).line + 1;
        sites.push({
          call,
          ...nameOf(checker, call.expression),
          type: checker.getTypeAtLocation(node),
          used,
          within,
          line,
        });
      }
    }
    ts.forEachChild(node, (child) => {
      visit(child, isGenerator(child) ? child : within);
    });
  };
  visit(unit, unit);
  return sites;
}

/** `yield* f()` calls f, `yield* (c ? f() : g())` calls f or g. */
function callsIn(operand: ts.Expression): ts.CallExpression[] {
  if (ts.isParenthesizedExpression(operand)) return callsIn(operand.expression);
  if (ts.isConditionalExpression(operand)) return [...callsIn(operand.whenTrue), ...callsIn(operand.whenFalse)];
  if (ts.isCallExpression(operand)) return [operand];
  throw new Error(`yield* of something that is no call: ${operand.getText()}`);
}

function nameOf(checker: ts.TypeChecker, callee: ts.Expression): Pick<Site, "name" | "kind"> {
  const isStep = checker.getTypeAtLocation(callee).getProperty("op") !== undefined;
  let symbol = checker.getSymbolAtLocation(callee);
  if (symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0) symbol = checker.getAliasedSymbol(symbol);
  const declaration = symbol?.valueDeclaration;
  const made = declaration !== undefined && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  const word = made !== undefined && ts.isCallExpression(made) ? made.arguments[0] : undefined;
  if (word !== undefined && ts.isStringLiteral(word)) return { name: word.text, kind: isStep ? "step" : "procedure" };
  return { name: snake(callee.getText()), kind: isStep ? "step" : "helper" };
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

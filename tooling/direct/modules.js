// Which modules there are twice: those with procedures, and those that hand them on. What a module remembers (components,
// steps) is in others, of which there is one.
import { readFileSync } from "node:fs";
import { posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { directStyle } from "./style.js";

export const mmFolder = fileURLToPath(new URL("../../packages/mm/", import.meta.url));
/** Where everything starts, relative to src, without extension. */
const ROOT = "kernel/kernel";
/** Folders of which there is one: what is remembered, and what is done to it. */
const SHARED = /^(?:events|objects|rules|store)\//u;
/** What procedures are declared with, and its counterpart. */
export const DECLARED = "kernel/procedure";
export const DECLARED_DIRECT = "kernel/direct-procedure";

/**
 * Names of the modules that have a counterpart in direct style, relative to packages/mm/src, without extension.
 * @returns {ReadonlySet<string>}
 */
export function directModules() {
  /** @type {Map<string, { imports: string[], own: boolean }>} */
  const modules = new Map();
  const pending = [ROOT];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (modules.has(name) || name === DECLARED || SHARED.test(name)) continue;
    const text = readFileSync(`${mmFolder}src/${name}.ts`, "utf8");
    const imports = importsOf(text, name);
    modules.set(name, { imports, own: directStyle(text, `${name}.ts`) !== text });
    pending.push(...imports);
  }
  const direct = new Set([...modules].flatMap(([name, { own }]) => (own ? [name] : [])));
  for (let before = -1; before !== direct.size;) {
    before = direct.size;
    for (const [name, { imports }] of modules) if (imports.some((other) => direct.has(other))) direct.add(name);
  }
  return direct;
}

/** The modules beside it that a module needs when it runs. @param {string} text @param {string} name */
function importsOf(text, name) {
  const source = ts.createSourceFile(`${name}.ts`, text, ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const specifier = statement.moduleSpecifier;
    if (specifier === undefined || !ts.isStringLiteral(specifier) || !specifier.text.startsWith(".")) return [];
    const typeOnly = ts.isImportDeclaration(statement)
      ? statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
      : statement.isTypeOnly;
    return typeOnly ? [] : [besides(name, specifier.text)];
  });
}

/** The name of the module that `specifier` means in the module `name`. @param {string} name @param {string} specifier */
export function besides(name, specifier) {
  return posix.join(posix.dirname(name), specifier).replace(/\.[jt]s$/u, "");
}

/** The name of the module of a file in src; undefined for a file that is elsewhere. @param {string} path */
export function nameOf(path) {
  const inside = relative(`${mmFolder}src`, path);
  return inside.startsWith("..") ? undefined : inside.split("\\").join("/").replace(/\.ts$/u, "");
}

/** Source texts of the model by their path, `/` between folders: `kernel/munmap.ts`. */
export type Sources = ReadonlyMap<string, string>;

/** A top-level declaration in the model's source. */
export interface Declaration {
  /** `helper`: a function or table that is neither, and whose steps are those of the procedures that use it. */
  readonly kind: "step" | "procedure" | "helper";
  /** As the kernel spells it; for a helper its identifier. */
  readonly name: string;
  /** Source text without comments, and with empty strings. */
  readonly text: string;
}

/** One source file: what it declares, and where the identifiers come from that it imports from other files. */
export interface Module {
  readonly declared: ReadonlyMap<string, Declaration>;
  readonly imported: ReadonlyMap<string, { readonly path: string; readonly name: string }>;
}

/** A declaration begins a line; everything up to the next one is its. */
const TOP = /^(?:export )?(?:const|function\*?|class|interface|type|import) /m;
const HEAD = /^(?:export )?(const|function\*?) ?(\w+)/;
/** `const munmap: Procedure<…> = procedure("munmap", …`, `const setIo: Step<…> = setting("set_io", …`. */
const NAMED = /: (Step|Procedure)<[\s\S]*?=\s*\w+\(\s*"([^"]+)"/;
const IMPORT = /^import \{([^}]*)\} from "(\.[^"]+)"/;
const NOISE = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"/g;

/** Reads what a source file declares and imports, from its text alone. */
export function readModule(path: string, source: string): Module {
  const declared = new Map<string, Declaration>();
  const imported = new Map<string, { path: string; name: string }>();
  for (const chunk of chunks(source)) {
    const [, names, from] = IMPORT.exec(chunk) ?? [];
    if (names !== undefined) {
      for (const [name, alias] of importedNames(names)) imported.set(alias, { path: resolve(path, from!), name });
      continue;
    }
    const [head = "", keyword, identifier] = HEAD.exec(chunk) ?? [];
    if (identifier === undefined) continue;
    const named = keyword === "const" ? NAMED.exec(chunk) : null;
    const kind = named === null ? "helper" : named[1] === "Step" ? "step" : "procedure";
    const body = chunk.slice(named === null ? head.length : named.index + named[0].length);
    declared.set(identifier, { kind, name: named?.[2] ?? identifier, text: quiet(body) });
  }
  return { declared, imported };
}

/** The text without what only looks like code: comments, and what strings say. */
export function quiet(text: string): string {
  return text.replace(NOISE, (noise) => (noise.startsWith('"') ? '""' : ""));
}

function chunks(source: string): string[] {
  const found: string[] = [];
  let rest = source;
  for (let at = rest.search(TOP); at >= 0; at = rest.search(TOP)) {
    const length = rest.slice(at + 1).search(TOP);
    found.push(length < 0 ? rest.slice(at) : rest.slice(at, at + 1 + length));
    rest = length < 0 ? "" : rest.slice(at + 1 + length);
  }
  return found;
}

function importedNames(names: string): [name: string, alias: string][] {
  return names
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "" && !one.startsWith("type "))
    .map((one) => {
      const [name = "", alias = name] = one.split(" as ");
      return [name, alias];
    });
}

function resolve(from: string, to: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of to.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

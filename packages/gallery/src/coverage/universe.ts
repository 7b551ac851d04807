import { type Declaration, type Module, quiet, readModule, type Sources } from "./declarations.ts";

/** A step or procedure that a procedure's source text mentions, or that it has executed or entered. */
export type Mention = `${"step" | "procedure"} ${string}`;

/** What there is to be reached, read off the model's source text. */
export interface Universe {
  /** Every procedure by name, with what its text and that of its helpers mentions. */
  readonly procedures: ReadonlyMap<string, ReadonlySet<Mention>>;
  /** Every knob with the values that its type allows. */
  readonly knobs: ReadonlyMap<string, readonly KnobValue[]>;
}

export type KnobValue = string | boolean;

/** Identifiers, but not members of objects. */
const IDENTIFIER = /(?<![\w$]|(?<!\.\.)\.)[A-Za-z_$][\w$]*/g;
/** Types may name what is not called. */
const TYPE_QUERY = /typeof \w+/g;
const KNOB = /^ {2}readonly (\w+): ([^;]+);/gm;
const KNOBS_FILE = "kernel/profile.ts";

/**
 * Reads the model's sources. Procedures of one name count as one.
 * @throws Error when the sources hold no procedure, or not the knobs: they are not the model's
 */
export function readUniverse(sources: Sources): Universe {
  const modules = new Map([...sources].map(([path, text]) => [path, readModule(path, text)]));
  const procedures = new Map<string, Set<Mention>>();
  for (const module of modules.values()) {
    for (const { kind, name, text } of module.declared.values()) {
      if (kind !== "procedure") continue;
      const mentions = procedures.get(name) ?? new Set();
      procedures.set(name, mentions);
      collect(modules, module, text, mentions, new Set());
    }
  }
  const knobs = readKnobs(sources.get(KNOBS_FILE) ?? "");
  if (procedures.size === 0 || knobs.size === 0) throw new Error("the source text of the model is not there");
  return { procedures, knobs };
}

function collect(
  modules: ReadonlyMap<string, Module>,
  module: Module,
  text: string,
  into: Set<Mention>,
  helpers: Set<Declaration>,
): void {
  for (const [identifier] of text.replace(TYPE_QUERY, "").matchAll(IDENTIFIER)) {
    const [home, found] = find(modules, module, identifier);
    if (found === undefined || home === undefined || helpers.has(found)) continue;
    if (found.kind !== "helper") {
      into.add(`${found.kind} ${found.name}`);
    } else {
      helpers.add(found);
      collect(modules, home, found.text, into, helpers);
    }
  }
}

function find(
  modules: ReadonlyMap<string, Module>,
  module: Module,
  identifier: string,
): [Module | undefined, Declaration | undefined] {
  const own = module.declared.get(identifier);
  if (own !== undefined) return [module, own];
  const from = module.imported.get(identifier);
  const home = from === undefined ? undefined : modules.get(from.path);
  return [home, home?.declared.get(from!.name)];
}

function readKnobs(source: string): Map<string, KnobValue[]> {
  const [, declared = ""] = /export interface Knobs \{([\s\S]*?)\n\}/.exec(source) ?? [];
  const knobs = new Map<string, KnobValue[]>();
  for (const [, name, type] of declared.matchAll(KNOB)) {
    knobs.set(name!, quiet(type!) === "boolean" ? [true, false] : [...type!.matchAll(/"([^"]+)"/g)].map(([, v]) => v!));
  }
  return knobs;
}

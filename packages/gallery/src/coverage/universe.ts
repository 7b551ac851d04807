import { type Declaration, type Module, quiet, readModule, type Sources } from "./declarations.ts";

/** A step or procedure that a procedure's source text mentions, or that it has executed or entered. */
export type Mention = `${"step" | "procedure"} ${string}`;

/** What there is to be reached, read off the model's source text. */
export interface Universe {
  /** Every procedure by name, with what its text and that of its helpers mentions. */
  readonly procedures: ReadonlyMap<string, ReadonlySet<Mention>>;
  /** Every knob with the values that its type allows; of a list: what may be in it. */
  readonly knobs: ReadonlyMap<string, readonly KnobValue[]>;
}

export type KnobValue = string | boolean;

/** Identifiers, but not members of objects. */
const IDENTIFIER = /(?<![\w$]|(?<!\.\.)\.)[A-Za-z_$][\w$]*/g;
/** Types may name what is not called. */
const TYPE_QUERY = /typeof \w+/g;
const KNOB = /^ {2}readonly (\w+): ([^;]+);/gm;
/** A knob that is a list of values of a named type. */
const LIST = /^readonly (\w+)\[\]$/;
const KNOBS_FILE = "kernel/profile.ts";

/**
 * Reads the model's sources. Procedures of one name count as one.
 * @throws Error when the sources hold no procedure, or not the knobs and their types: they are not the model's
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
  const knobs = readKnobs(sources.get(KNOBS_FILE) ?? "", sources);
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

function readKnobs(source: string, sources: Sources): Map<string, KnobValue[]> {
  const [, declared = ""] = /export interface Knobs \{([\s\S]*?)\n\}/.exec(source) ?? [];
  const knobs = new Map<string, KnobValue[]>();
  for (const [, name, type] of declared.matchAll(KNOB)) knobs.set(name!, valuesOf(type!, sources));
  return knobs;
}

/** What a knob of this type may be; of a list: what it may have. */
function valuesOf(type: string, sources: Sources): KnobValue[] {
  if (quiet(type) === "boolean") return [true, false];
  const [, named] = LIST.exec(type) ?? [];
  const union = named === undefined ? type : unionOf(named, sources);
  return [...union.matchAll(/"([^"]+)"/g)].map(([, value]) => value!);
}

/** The text of a type that is declared somewhere in the model. */
function unionOf(name: string, sources: Sources): string {
  for (const source of sources.values()) {
    const [, union] = new RegExp(`^export type ${name} =([^;]+);`, "m").exec(source) ?? [];
    if (union !== undefined) return union;
  }
  throw new Error(`a knob is a list of ${name}, which no source text of the model declares`);
}

import { IdMap } from "./id-map.ts";
import type { PageNames } from "./page-names.ts";
import type { TaskNames } from "./task-names.ts";
import { deepFreeze, type Value, ValueError } from "./value.ts";

/**
 * One slot of the state table. Refs are interned: the same key is the same object, so they compare by identity.
 */
export interface Ref<T extends Value = Value> {
  /** Printed name, for instance `mm:0/mmap_lock/reader:2`. Sorting a state means sorting by this, in code units. */
  readonly key: string;
  readonly kind: Kind<T>;
  /** What stands in the template's `#` places. */
  readonly ids: readonly Id[];
  /** Number in order of first mention in this process: an index for tables, never printed, hashed or stored. */
  readonly index: number;
}

export type Id = number | string;

/** A family of components that differ only in their ids, with the value that an unmentioned one has. */
export interface Kind<T extends Value = Value> {
  /** The key with `#` for every id, for instance `mm:#/mmap_lock/reader:#`. */
  readonly template: string;
  /** The value of a component that nobody wrote. Such components cost nothing and are not part of the encoding. */
  readonly initial: T;
  /** The component with these ids, in the order of the template. Ids must not contain `:` or `/`. */
  readonly of: (...ids: Id[]) => Ref<T>;
  /** Where these components name tasks. */
  readonly tasks: TaskNames<T>;
  /** Where these components name pages. */
  readonly pages: PageNames<T>;
}

/**
 * Components that one process may speak of, some 300 to 500 bytes each. A million pages' worth of a real run is far away;
 * a forged trace would name new ones until there is no memory left.
 */
const MAX_REFS: number = 2 ** 20;

const kinds = new Map<string, Kind>();
const refs = new Map<string, Ref>();

/**
 * Declares a kind of component. Called once per kind, at module level.
 * @param tasks where these components name tasks; nowhere, if absent
 * @param pages where they name pages of user memory; nowhere, if absent
 * Its refs are limited in number: beyond 2^20 of all kinds together, asking for one more is a ValueError.
 * @throws Error when the template is taken: two meanings for one key would corrupt every trace.
 */
export function component<T extends Value>(
  template: string,
  initial: T,
  tasks: TaskNames<T> = {},
  pages: PageNames<T> = {},
): Kind<T> {
  if (kinds.has(template)) throw new Error(`component kind declared twice: ${template}`);
  const parts = template.split("#");
  // Refs of one id and of two, which are almost all: to spell the key costs more than many a step.
  const known = new IdMap<Ref<T>>();
  const knownPairs = new IdMap<IdMap<Ref<T>>>();
  const resolve = (ids: readonly Id[]): Ref<T> => {
    if (ids.length !== parts.length - 1)
      throw new Error(`${template} takes ${parts.length - 1} ids, got ${ids.length}`);
    for (const id of ids) {
      if (/[:/]/.test(String(id))) throw new Error(`${template} cannot have the id ${JSON.stringify(id)}`);
    }
    const key = parts.reduce((text, part, i) => text + String(ids[i - 1]) + part);
    const found = refs.get(key) as Ref<T> | undefined;
    if (found !== undefined) return found;
    if (refs.size >= MAX_REFS) throw new ValueError(`there are ${MAX_REFS} components already, and ${key} is one more`);
    const ref: Ref<T> = Object.freeze({ key, kind, ids: Object.freeze([...ids]), index: refs.size });
    refs.set(key, ref);
    return ref;
  };
  const of = (one?: Id, two?: Id, ...more: Id[]): Ref<T> => {
    if (one === undefined) return resolve([]);
    if (two === undefined) {
      let ref = known.get(one);
      if (ref === undefined) known.set(one, (ref = resolve([one])));
      return ref;
    }
    if (more.length > 0) return resolve([one, two, ...more]);
    let pairs = knownPairs.get(one);
    if (pairs === undefined) knownPairs.set(one, (pairs = new IdMap<Ref<T>>()));
    let ref = pairs.get(two);
    if (ref === undefined) pairs.set(two, (ref = resolve([one, two])));
    return ref;
  };
  const kind: Kind<T> = Object.freeze({ template, initial: deepFreeze(initial), of, tasks, pages });
  kinds.set(template, kind);
  return kind;
}

/**
 * The ref with this printed key.
 * @returns undefined when no kind of that shape is declared: the key comes from another program or version.
 */
export function refOfKey(key: string): Ref | undefined {
  const found = refs.get(key);
  if (found !== undefined) return found;
  const ids: Id[] = [];
  const template = key.replace(/:([^:/]+)/g, (_, id: string) => {
    ids.push(/^(0|[1-9]\d{0,14})$/.test(id) ? Number(id) : id);
    return ":#";
  });
  return kinds.get(template)?.of(...ids);
}

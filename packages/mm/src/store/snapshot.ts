import { refOfKey, type Ref } from "./component.ts";
import { canonical, deepFreeze, sameValue, ValueError, type Value } from "./value.ts";

/** Where a transaction reads from: a snapshot, a table in place, or the explorer's state vector. */
export interface Source {
  get<T extends Value>(ref: Ref<T>): T;
}

export type Writes = ReadonlyMap<Ref, Value>;

/**
 * An immutable state. Values are shared with the snapshot it came from, so keeping one per event costs the changed
 * components only. A component equal to its kind's initial value is absent.
 */
export class Snapshot implements Source {
  static readonly empty: Snapshot = new Snapshot(new Map());
  readonly #table: ReadonlyMap<Ref, Value>;

  private constructor(table: ReadonlyMap<Ref, Value>) {
    this.#table = table;
  }

  /** The value of a component, its kind's initial one when nobody wrote it. */
  get<T extends Value>(ref: Ref<T>): T {
    const value = this.#table.get(ref);
    return value === undefined ? ref.kind.initial : (value as T);
  }

  /** The state after these writes. */
  with(writes: Writes): Snapshot {
    if (writes.size === 0) return this;
    const table = new Map(this.#table);
    for (const [ref, value] of writes) {
      if (sameValue(value, ref.kind.initial)) table.delete(ref);
      else table.set(ref, deepFreeze(value));
    }
    return new Snapshot(table);
  }

  /** Components that differ from their initial value, sorted by key. */
  entries(): [Ref, Value][] {
    return [...this.#table].sort(([a], [b]) => (a.key < b.key ? -1 : 1));
  }

  /** Number of components that differ from their initial value. */
  get size(): number {
    return this.#table.size;
  }

  /** The components in which two states differ, sorted by key. */
  diff(other: Snapshot): { ref: Ref; before: Value; after: Value }[] {
    const refs = new Set([...this.#table.keys(), ...other.#table.keys()]);
    return [...refs]
      .filter((ref) => !sameValue(this.get(ref), other.get(ref)))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map((ref) => ({ ref, before: this.get(ref), after: other.get(ref) }));
  }

  /** The one spelling of this state: what is hashed, and what two machines must agree on byte for byte. */
  encode(): string {
    return this.entries()
      .map(([ref, value]) => `${ref.key} ${canonical(value)}\n`)
      .join("");
  }

  /** Plain data for a file. */
  toPlain(): [string, Value][] {
    return this.entries().map(([ref, value]) => [ref.key, value]);
  }

  /**
   * The state that {@link toPlain} wrote.
   * @throws ValueError for a key that this version does not know.
   */
  static fromPlain(entries: Iterable<readonly [string, Value]>): Snapshot {
    const writes = new Map<Ref, Value>();
    for (const [key, value] of entries) {
      const ref = refOfKey(key);
      if (ref === undefined) throw new ValueError(`no component of this version is called ${key}`);
      canonical(value);
      writes.set(ref, value);
    }
    return Snapshot.empty.with(writes);
  }
}

import type { Ref } from "./component.ts";
import type { Source } from "./snapshot.ts";
import { canonical, type Value } from "./value.ts";

/** What a rule gets: it may look, and what it looked at joins the footprint of the step that triggered it. */
export interface Reader {
  /** The component's value. The value is frozen. */
  read<T extends Value>(ref: Ref<T>): T;
}

/**
 * What a reducer gets instead of the state. Everything read and written is noted: nobody declares a footprint, it is
 * observed. An update counts as a read and a write, even when the value stays the same.
 */
export interface Transaction extends Reader {
  /** Puts what `change` makes of the value there is, which it must leave as it is. */
  update<T extends Value>(ref: Ref<T>, change: (value: T) => T): void;
  /** Puts a whole new value, without reading the old one. */
  write<T extends Value>(ref: Ref<T>, value: T): void;
}

/** The transaction over any source. Nothing reaches the source; the caller takes {@link writes} if it wants them. */
export class ObservedTransaction implements Transaction {
  readonly #source: Source;
  /** First read of each component, in order, with the value the source had. */
  readonly reads: Map<Ref, Value> = new Map();
  readonly writes: Map<Ref, Value> = new Map();

  constructor(source: Source) {
    this.#source = source;
  }

  read<T extends Value>(ref: Ref<T>): T {
    const own = this.writes.get(ref);
    if (own !== undefined) return own as T;
    const seen = this.reads.get(ref);
    if (seen !== undefined) return seen as T;
    const value = this.#source.get(ref);
    this.reads.set(ref, value);
    return value;
  }

  update<T extends Value>(ref: Ref<T>, change: (value: T) => T): void {
    this.write(ref, change(this.read(ref)));
  }

  write<T extends Value>(ref: Ref<T>, value: T): void {
    requirePlain(value);
    this.writes.set(ref, value);
  }
}

/** @throws ValueError for what has no canonical text, wherever in the value it stands */
export function requirePlain(value: Value): void {
  switch (typeof value) {
    case "string":
    case "boolean":
      return;
    case "number":
      if (Number.isSafeInteger(value)) return;
      break;
    case "object":
      if (value === null) return;
      // A list or record need not be spelt out to see that nothing is wrong with it.
      if (Array.isArray(value)) requirePlainList(value as readonly Value[]);
      else requirePlainRecord(value as Readonly<Record<string, Value>>);
      return;
    default:
  }
  canonical(value);
}

// Most parts are words and numbers: to look at them on the spot saves a call for each. An index costs less than an iterator.

function requirePlainList(list: readonly Value[]): void {
  const { length } = list;
  for (let i = 0; i < length; i++) {
    const part = list[i]!;
    if (typeof part === "number" ? !Number.isSafeInteger(part) : typeof part !== "string") requirePlain(part);
  }
}

function requirePlainRecord(record: Readonly<Record<string, Value>>): void {
  for (const key in record) {
    const part = record[key]!;
    if (typeof part === "number" ? !Number.isSafeInteger(part) : typeof part !== "string") requirePlain(part);
  }
}

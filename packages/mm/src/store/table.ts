import type { Ref } from "./component.ts";
import { Snapshot, type Source, type Writes } from "./snapshot.ts";
import { canonical, sameValue, type Value } from "./value.ts";

/** A state that is changed in place: for streaming long traces, where nobody asks for yesterday. */
export class Table implements Source {
  #values: (Value | undefined)[] = [];
  readonly #refs: Ref[] = [];
  /** The same, by key; undefined when one has come since. */
  #byKey: readonly Ref[] | undefined;

  constructor(start: Snapshot = Snapshot.empty) {
    this.apply(new Map(start.entries()));
  }

  get<T extends Value>(ref: Ref<T>): T {
    const value = this.#values[ref.index];
    return value === undefined ? ref.kind.initial : (value as T);
  }

  set(ref: Ref, value: Value): void {
    if (this.#values[ref.index] === undefined) {
      this.#refs.push(ref);
      this.#byKey = undefined;
    }
    this.#values[ref.index] = value;
  }

  apply(writes: Writes): void {
    for (const [ref, value] of writes) this.set(ref, value);
  }

  /** The spelling of the present state: what {@link snapshot} would spell, without making it. */
  encode(): string {
    this.#byKey ??= [...this.#refs].sort((a, b) => (a.key < b.key ? -1 : 1));
    let text = "";
    for (const ref of this.#byKey) {
      const value = this.get(ref);
      if (!sameValue(value, ref.kind.initial)) text += `${ref.key} ${canonical(value)}\n`;
    }
    return text;
  }

  /** The present state, immutable. Costs the whole table. */
  snapshot(): Snapshot {
    return Snapshot.empty.with(new Map(this.#refs.map((ref) => [ref, this.get(ref)])));
  }
}

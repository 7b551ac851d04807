import type { Id } from "./component.ts";

/** Ids below this have a place of their own. */
const SMALL = 4096;

/** A map by id. Slots and tasks are small numbers, which a list finds several times as fast as a hash table does. */
export class IdMap<V> {
  readonly #small: (V | undefined)[] = [];
  #others: Map<Id, V> | undefined;

  get(id: Id): V | undefined {
    return isSmall(id) ? this.#small[id] : this.#others?.get(id);
  }

  set(id: Id, value: V): void {
    if (isSmall(id)) this.#small[id] = value;
    else (this.#others ??= new Map<Id, V>()).set(id, value);
  }
}

function isSmall(id: Id): id is number {
  return typeof id === "number" && id >>> 0 === id && id < SMALL;
}

import type { Id, Kind } from "../store/component.ts";
import type { Snapshot } from "../store/snapshot.ts";
import type { Value } from "../store/value.ts";

/** Components of a kind that differ from their initial value, by their ids. */
export function componentsOf<T extends Value>(state: Snapshot, kind: Kind<T>): [readonly Id[], T][] {
  const found: [readonly Id[], T][] = [];
  for (const [ref, value] of state.entries()) {
    if (ref.kind === (kind as unknown as Kind)) found.push([ref.ids, value as T]);
  }
  return found;
}

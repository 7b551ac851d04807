import type { Value } from "./value.ts";

/**
 * Where components of a kind name pages of user memory by the address at which they are mapped. Threads that run the same
 * program, each on a page of its own, are interchangeable together with their pages. What is not declared here costs that
 * reduction, never an answer: it is compared with what steps do.
 */
export interface PageNames<T extends Value> {
  /** Places of the template, from 0, whose ids are addresses: numbers, or spelled as {@link hexOf} does. */
  readonly ids?: readonly number[];
  /** The value with every address of a page in it renamed, in its canonical order where the order says nothing. */
  value?(value: T, rename: RenamePage): T;
}

/**
 * A renaming of pages, by the address of their first byte. Mentions in a value have places; those whose order says nothing
 * have places that tell what stands beside the address.
 */
export type RenamePage = (address: number, place?: string) => number;

/** `0x7f0000001000`. */
export function hexOf(address: number): string {
  return `0x${address.toString(16)}`;
}

/** A name that may have an address of a PTE in it, as `pte:0:0x1000` and `pte0.0x1000` have: the same, renamed. */
export function renamePagesIn(name: string, rename: RenamePage): string {
  const place = name.replace(NAMED, "$1");
  return name.replace(NAMED, (_, word: string, address: string) => word + hexOf(rename(Number(address), place)));
}

const NAMED = /\b(pte(?:\d+\.|:\d+:))(0x[0-9a-f]+)\b/g;

/** A record whose keys may name PTEs, as holders do. */
export function renamePageKeys<V>(record: Readonly<Record<string, V>>, rename: RenamePage): Record<string, V> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => {
      return [renamePagesIn(name, (address, place = "") => rename(address, `${place} ${String(value)}`)), value];
    }),
  );
}

/** A sorted list of names that may name PTEs. */
export const PAGE_NAME_SET: PageNames<readonly string[]> = {
  value: (names, rename) => names.map((name) => renamePagesIn(name, rename)).sort(),
};

/** A list of entries by address. As long as it is in ascending order, the order says nothing. */
export function renameEntries<E extends { readonly at: number }>(
  entries: readonly E[],
  rename: RenamePage,
  spell: (entry: E) => string,
): readonly E[] {
  const ascending = entries.every(({ at }, i) => i === 0 || entries[i - 1]!.at < at);
  const placeOf = (entry: E, i: number): string => (ascending ? spell({ ...entry, at: 0 }) : `${i}`);
  const renamed = entries.map((entry, i) => ({ ...entry, at: rename(entry.at, placeOf(entry, i)) }));
  if (!ascending) return renamed;
  return renamed.sort((a, b) => a.at - b.at || (spell(a) < spell(b) ? -1 : 1));
}

import { PAGE_SIZE, type Value } from "@faultline/mm";

/** An address of the one, and what stands for it with the other. */
export type PagePair = readonly [number, number];

/**
 * Where two values differ: pairs of pages, each of which stands in the one where the other of the pair stands in the
 * other, with the same offset in it.
 * @returns undefined when they differ by more than that
 */
export function pagesApart(a: Value, b: Value): PagePair[] | undefined {
  if (a === b) return [];
  if (typeof a === "number" && typeof b === "number") {
    const isPage = Math.min(a, b) >= PAGE_SIZE && a % PAGE_SIZE === b % PAGE_SIZE;
    return isPage ? [[a - (a % PAGE_SIZE), b - (b % PAGE_SIZE)]] : undefined;
  }
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return undefined;
  const [left, right] = [Object.entries(a), Object.entries(b)];
  if (left.length !== right.length || Array.isArray(a) !== Array.isArray(b)) return undefined;
  const pairs: PagePair[] = [];
  for (const [key, value] of left) {
    const other = (b as Readonly<Record<string, Value>>)[key];
    const inside = other === undefined ? undefined : pagesApart(value, other);
    if (inside === undefined) return undefined;
    pairs.push(...inside);
  }
  return pairs;
}

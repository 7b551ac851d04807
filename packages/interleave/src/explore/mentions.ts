/** Calls: `k.mmapReadLock(mm)`, `mmapReadLock(mm)`, and `(0, steps.mmapReadLock)(mm)` as some loaders write the second. */
const CALL = /([\w$]+)\)?\s*\(/g;

/** Identifiers that a piece of source text calls, each once, in order of first call. */
export function calledIn(text: string): string[] {
  return [...new Set([...text.matchAll(CALL)].map(([, callee]) => callee!))];
}

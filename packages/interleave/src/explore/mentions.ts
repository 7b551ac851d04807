/** Calls: `k.mmapReadLock(mm)`, `mmapReadLock(mm)`, and `(0, steps.mmapReadLock)(mm)` as some loaders write the second. */
const CALL = /([\w$]+)\)?\s*\(/g;
/** Calls of somebody's member, wherever they stand. */
const MEMBER_CALL = /\.\s*([\w$]+)\)?\s*\(/g;
/** What is delegated to: up to the end of the statement, for it may be a choice between two. */
const DELEGATED = /yield\*([^;]*)/g;

/**
 * Identifiers that a piece of source text calls as steps or procedures, each once: members of anything, and whatever is
 * called in a `yield*`. A function of the text's own that has a procedure's name is none of these where it is declared.
 */
export function calledIn(text: string): string[] {
  const delegated = [...text.matchAll(DELEGATED)].map(([, expression]) => expression!);
  const calls = [...text.matchAll(MEMBER_CALL), ...delegated.flatMap((expression) => [...expression.matchAll(CALL)])];
  return [...new Set(calls.map(([, callee]) => callee!))];
}

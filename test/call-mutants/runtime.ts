// What the sources with mutants call. Nothing here imports @faultline/mm, which imports those sources.

let active = -1;
let visited: Uint8Array | null = null;
let left = Infinity;

/** A mutant that goes on for ever. */
export class EndlessError extends Error {
  override readonly name = "EndlessError";
}

/** From here on this mutant runs, -1 for none; after so many looks at any of them it counts as endless. */
export function activate(mutant: number, looks = Infinity): void {
  active = mutant;
  left = looks;
}

/** Runs with a note of every mutant whose place is reached, and tells how often any was. */
export function visiting(count: number, run: () => void): { readonly reached: Uint8Array; readonly looks: number } {
  const reached = (visited = new Uint8Array(count));
  activate(-1, Number.MAX_SAFE_INTEGER);
  try {
    run();
    return { reached, looks: Number.MAX_SAFE_INTEGER - left };
  } finally {
    visited = null;
    activate(-1);
  }
}

/** Whether this mutant is the one that runs. */
export function on(mutant: number): boolean {
  if (--left < 0) throw new EndlessError("it goes on for ever");
  return mutant === active;
}

/** The same, where every mutant that is reached may matter. */
export function at(mutant: number): boolean {
  if (visited !== null) visited[mutant] = 1;
  return on(mutant);
}

/** A check's answer, with a note of the mutants that would have given the other one. */
export function answer<T>(value: T, others: readonly number[], instead: readonly number[]): T {
  // What is true is told from mutants that say false, and the other way round.
  if (visited !== null) for (const mutant of value ? others : instead) visited[mutant] = 1;
  return value;
}

/** Two sides of a comparison: only where they are equal does it matter whether they may be. */
export function sides(a: unknown, b: unknown, mutant: number): true {
  // Numbers of two kinds may be compared.
  if (visited !== null && a == b) visited[mutant] = 1;
  return true;
}

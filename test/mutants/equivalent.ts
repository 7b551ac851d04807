/** Mutants of which no scenario can tell, all for one reason. */
export interface Equivalence {
  /** Why nobody can see a difference. */
  readonly reason: string;
  readonly mutants: readonly string[];
}

/** Every mutant that survives, with the reason why it does. */
export const equivalent: readonly Equivalence[] = [];

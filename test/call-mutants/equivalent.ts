/** Mutants of which no test can tell, all for one reason. */
export interface CallEquivalence {
  /** Why nobody can see a difference. */
  readonly reason: string;
  readonly mutants: readonly string[];
}

/** Every mutant that survives, with the reason why it does. */
export const equivalent: readonly CallEquivalence[] = [];

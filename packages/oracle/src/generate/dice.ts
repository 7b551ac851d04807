/** Numbers that were drawn before, handed out one by one; 0 when they are used up. What is made of them is a function of them. */
export class Dice {
  readonly #numbers: readonly number[];
  #at = 0;

  /** @param numbers from 0 on, below 2^31 */
  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  /** From 0 to `below` - 1. */
  under(below: number): number {
    return (this.#numbers[this.#at++] ?? 0) % below;
  }

  /** Whether the chance of `percent` in a hundred came true. */
  chance(percent: number): boolean {
    return this.under(100) < percent;
  }

  pick<T>(all: readonly T[]): T {
    return all[this.under(all.length)]!;
  }

  /** One of the names, as often as its weight says. */
  weighted<N extends string>(weights: Readonly<Partial<Record<N, number>>>): N {
    const entries = Object.entries(weights) as [N, number][];
    let left = this.under(entries.reduce((sum, [, weight]) => sum + weight, 0));
    for (const [name, weight] of entries) {
      if (left < weight) return name;
      left -= weight;
    }
    throw new Error("nothing to choose from");
  }
}

/** A seeded stream of numbers: the same on every machine. Marsaglia's xorshift32 over a mixed seed. */
export class RandomStream {
  #state: number;

  /** @param seed any integer; equal seeds give equal streams */
  constructor(seed: number) {
    // murmur3's finalizer, so that neighbouring seeds give unlike streams; 0 would stay 0 for ever.
    let h = (seed | 0) ^ 0x9e37_79b9;
    h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
    this.#state = (h ^ (h >>> 16)) | 0 || 1;
  }

  /** An integer from 0 up to, not including, `bound`: 1 to 2^31. */
  below(bound: number): number {
    // Numbers past the last whole multiple of the bound would favour the small ones.
    const limit = Math.floor(2 ** 32 / bound) * bound;
    for (;;) {
      let x = this.#state;
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      this.#state = x | 0;
      const drawn = this.#state >>> 0;
      if (drawn < limit) return drawn % bound;
    }
  }

  /** The numbers 0 … count - 1 in some order, all orders alike. */
  shuffled(count: number): number[] {
    const order = Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}

/** Addresses from the first on, up to the second. */
export type Range = readonly [start: number, end: number];

/** A set of addresses, as disjoint ranges in order. */
export class Ranges {
  #ranges: { start: number; end: number }[] = [];

  /** Whether all of [start, end) is in it. */
  covers(start: number, end: number): boolean {
    return start >= end || this.#ranges.some((range) => range.start <= start && end <= range.end);
  }

  /** In order, none touching another. */
  get list(): readonly { readonly start: number; readonly end: number }[] {
    return this.#ranges;
  }

  has(address: number): boolean {
    return this.covers(address, address + 1);
  }

  add(start: number, end: number): void {
    if (start >= end || this.covers(start, end)) return;
    const joined = { start, end };
    const apart = this.#ranges.filter((range) => {
      if (range.end < start || end < range.start) return true;
      joined.start = Math.min(joined.start, range.start);
      joined.end = Math.max(joined.end, range.end);
      return false;
    });
    this.#ranges = [...apart, joined].sort((a, b) => a.start - b.start);
  }

  remove(start: number, end: number): void {
    if (!this.#ranges.some((range) => range.start < end && start < range.end)) return;
    this.#ranges = this.#ranges.flatMap((range) => {
      const left = { start: range.start, end: Math.min(range.end, start) };
      const right = { start: Math.max(range.start, end), end: range.end };
      return [left, right].filter((part) => part.start < part.end);
    });
  }

  /** A set that has these, too. */
  with(more: readonly Range[]): Ranges {
    const all = new Ranges();
    all.#ranges = this.#ranges;
    for (const [start, end] of more) all.add(start, end);
    return all;
  }

  clear(): void {
    this.#ranges = [];
  }
}

/** How often things of one family came about: those that are known from the start, at 0, and whatever else turned up. */
export class Reached {
  readonly name: string;
  readonly #counts = new Map<string, number>();
  /** What cannot come about, or is not looked for, and why. */
  readonly leftOut: ReadonlyMap<string, string>;

  constructor(name: string, wanted: Iterable<string>, leftOut: ReadonlyMap<string, string> = new Map()) {
    this.name = name;
    this.leftOut = leftOut;
    for (const one of wanted) this.#counts.set(one, 0);
  }

  note(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  /** In order of the list, then of first appearance. */
  counts(): readonly (readonly [what: string, times: number])[] {
    return [...this.#counts];
  }

  never(): readonly string[] {
    return this.counts().flatMap(([what, times]) => (times === 0 ? [what] : []));
  }
}

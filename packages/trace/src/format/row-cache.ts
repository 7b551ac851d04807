import type { Row } from "./row-template.ts";
import { RowBuilder, type Template } from "./template-table.ts";

/** Slots: enough for the calls of many operations, and little memory. */
const SLOTS: number = 2 ** 13;

/**
 * What was made of rows, so that those of like events are made once and shared. A row that is needed again after
 * many others may be made again.
 */
export class RowCache<T> {
  readonly #make: (row: Row, template: Template) => T;
  readonly #skip: number;
  readonly #builder = new RowBuilder();
  /** For each slot, the template and the place of the integers of the row that had it last, and what was made of it. */
  readonly #template = new Array<Template | undefined>(SLOTS).fill(undefined);
  readonly #at = new Int32Array(SLOTS);
  readonly #made = new Array<T | undefined>(SLOTS).fill(undefined);
  /** What was made of the templates without integers, by their numbers. */
  #whole: (T | undefined)[] = [];

  /** @param make gets a row without its first `skip` cells, and its template */
  constructor(make: (row: Row, template: Template) => T, skip: number) {
    this.#make = make;
    this.#skip = skip;
  }

  /** Forgets all. */
  clear(): void {
    this.#template.fill(undefined);
    this.#made.fill(undefined);
    this.#whole = [];
  }

  /**
   * @param integers of all events; those before `at` never change
   * @param at where those of the row begin
   */
  get(template: Template, number: number, integers: Float64Array, at: number): T {
    const { holes } = template;
    if (holes === 0) return (this.#whole[number] ??= this.#new(template, integers, at));
    let hash = number;
    for (let i = 0; i < holes; i++) hash = Math.imul(hash, 0x2c1b3c6d) ^ (integers[at + i]! | 0);
    hash = Math.imul(hash ^ (hash >>> 15), 0x297a2d39);
    const slot = (hash >>> 16) & (SLOTS - 1);
    let again = false;
    if (this.#template[slot] === template) {
      const known = this.#at[slot]!;
      let i = 0;
      while (i < holes && integers[known + i] === integers[at + i]) i++;
      again = i === holes;
      const made = this.#made[slot];
      if (again && made !== undefined) return made;
    }
    const made = this.#new(template, integers, at);
    this.#template[slot] = template;
    this.#at[slot] = at;
    // Most rows that are made for the first time are not needed again, and keeping them would cost more than making them.
    this.#made[slot] = again ? made : undefined;
    return made;
  }

  #new(template: Template, integers: Float64Array, at: number): T {
    return this.#make(this.#builder.build(template, integers, at, this.#skip), template);
  }
}

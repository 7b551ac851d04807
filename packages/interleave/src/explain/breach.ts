import { type Violation, violationsOf } from "@faultline/mm";
import { endingOf, violationsAtEnd } from "../explore/terminal.ts";
import type { Space } from "../space/space.ts";

/**
 * A rule that a task breaks at a step, on whatever object: in another order it may be another generation's. `end` is the
 * step of what is seen when all is over.
 */
export class Breach {
  readonly #rule: string;
  readonly #task: number;
  readonly #op: string;
  /** Whether it is seen when a run is over, and not before. */
  readonly atEnd: boolean;

  constructor({ rule, task, op }: Violation) {
    this.#rule = rule.name;
    this.#task = task;
    this.#op = op;
    this.atEnd = op === "end";
  }

  is({ rule, task, op }: Violation): boolean {
    return rule.name === this.#rule && task === this.#task && op === this.#op;
  }

  /** Whether a run to the space's current state has broken the rule; `ended`: nothing can follow. */
  happened(space: Space, ended: boolean): boolean {
    if (this.atEnd) return ended && violationsAtEnd(space, endingOf(space)).some((one) => this.is(one));
    const prefix = `${this.#rule} ${this.#op} `;
    return space.get(violationsOf.of(this.#task)).some((key) => key.startsWith(prefix));
  }
}

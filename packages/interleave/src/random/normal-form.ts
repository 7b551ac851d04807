import { byFootprint, type Transition } from "../count/dependence.ts";
import { LANES, wordOf } from "../space/fingerprint.ts";

/** Choices that one step may have, in the number of an event. */
const MAX_CHOICES = 64;

/**
 * Tells the classes of runs apart: 128 bits of Foata's normal form, in which each event stands in the earliest layer
 * that what it depends on allows. A thread has at most one event in a layer, so the form is a set of thread, layer and
 * choice, and the bits are the exclusive or of a pseudo-random word for each.
 */
export class NormalForms {
  readonly #choices = new Map<string, number>();

  /** Equal for equivalent runs; for others with a chance of about 2^-128. */
  of(run: readonly Transition[]): string {
    const layers: number[] = [];
    const bits = new Int32Array(LANES);
    const word = new Int32Array(LANES);
    for (const [i, event] of run.entries()) {
      let layer = 1;
      for (let j = 0; j < i; j++) if (layers[j]! >= layer && byFootprint(run[j]!, event)) layer = layers[j]! + 1;
      layers.push(layer);
      wordOf(event.thread, layer * MAX_CHOICES + this.#number(event.leaf.choice), word, 0);
      for (let lane = 0; lane < LANES; lane++) bits[lane]! ^= word[lane]!;
    }
    return bits.join(" ");
  }

  #number(choice: string | undefined): number {
    if (choice === undefined) return 0;
    const number = this.#choices.get(choice) ?? this.#choices.size + 1;
    this.#choices.set(choice, number);
    return number;
  }
}

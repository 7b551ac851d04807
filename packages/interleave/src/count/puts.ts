import { holderKinds, testingPuts } from "@faultline/mm";
import { Bits } from "../space/bits.ts";
import type { Leaf } from "../space/memo.ts";
import type { Slots } from "../space/slots.ts";
import type { Dependence, Transition } from "./dependence.ts";

const PUTS: ReadonlySet<string> = new Set(testingPuts.map(({ op }) => op));
const HOLDERS: ReadonlySet<string> = new Set(holderKinds.map(({ template }) => template));

/** The puts of a program that test whether they are the last. */
export interface Puts {
  /** As the kernel spells them, in alphabetical order. Empty: no put tests. */
  readonly steps: readonly string[];
  /** Whether some run has a put that is the last, so that the order of puts decides who goes on. */
  readonly last: boolean;
}

/** Notes the puts that test among a program's transitions. */
export class PutTests {
  readonly #slots: Slots;
  readonly #touched = new Map<Leaf, Bits>();
  readonly #steps = new Set<string>();
  #last = false;

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  get puts(): Puts {
    return { steps: [...this.#steps].sort(), last: this.#last };
  }

  note({ event, leaf }: Transition): void {
    if (!PUTS.has(event.op) || this.#touched.has(leaf)) return;
    this.#steps.add(event.op);
    // One that is not the last drops its reference and does nothing else.
    if (leaf.result === true || this.#written(leaf).some((slot) => !this.#counts(slot))) this.#last = true;
    const touched = new Bits();
    for (let slot = 0; slot < this.#slots.size; slot++) {
      if (leaf.touched.has(slot) && (leaf.written.has(slot) || !this.#counts(slot))) touched.add(slot);
    }
    this.#touched.set(leaf, touched);
  }

  /** Dependence by footprints, but for what a put reads to find out whether it is the last. */
  readonly withoutTest: Dependence = (a, b) =>
    a.thread === b.thread || a.leaf.written.meets(this.#seenBy(b)) || b.leaf.written.meets(this.#seenBy(a));

  #seenBy({ leaf }: Transition): Bits {
    return this.#touched.get(leaf) ?? leaf.touched;
  }

  #written({ writes }: Leaf): number[] {
    return [...writes].filter((_, i) => i % 2 === 0);
  }

  #counts(slot: number): boolean {
    return HOLDERS.has(this.#slots.ref(slot)?.kind.template ?? "");
  }
}

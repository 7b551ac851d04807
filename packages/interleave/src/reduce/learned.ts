import { Bits } from "../space/bits.ts";
import type { Leaf } from "../space/memo.ts";

/** What a thread may touch from a position on: everything its pending step, or any step after it, was seen to touch. */
export interface Future {
  readonly touched: Bits;
  readonly written: Bits;
}

interface Node extends Future {
  readonly before: Set<number>;
}

/**
 * Futures of all positions, learned while exploring. A step's footprint is noted where it is pending, a blocked step's
 * condition like any other, and flows back along the positions that lead there.
 */
export class Learned {
  readonly #nodes: (Node | undefined)[][];
  /** Whether anything was learned since this was last set to false. */
  changed = false;

  constructor(threads: number) {
    this.#nodes = Array.from({ length: threads }, () => []);
  }

  future(thread: number, position: number): Future {
    return this.#node(thread, position);
  }

  /** The thread, at this position, may do this, and would then be at `reached` (undefined when it is blocked). */
  note(thread: number, position: number, leaf: Leaf, reached: number | undefined): void {
    if (!leaf.noted.add(position)) return;
    this.changed = true;
    const node = this.#node(thread, position);
    node.touched.addAll(leaf.touched);
    node.written.addAll(leaf.written);
    if (reached !== undefined) {
      const after = this.#node(thread, reached);
      after.before.add(position);
      node.touched.addAll(after.touched);
      node.written.addAll(after.written);
    }
    this.#flowBack(thread, position);
  }

  #flowBack(thread: number, from: number): void {
    const work = [from];
    for (let at = work.pop(); at !== undefined; at = work.pop()) {
      const node = this.#node(thread, at);
      for (const position of node.before) {
        const earlier = this.#node(thread, position);
        const touched = earlier.touched.addAll(node.touched);
        const written = earlier.written.addAll(node.written);
        if (touched || written) work.push(position);
      }
    }
  }

  #node(thread: number, position: number): Node {
    return (this.#nodes[thread]![position] ??= { touched: new Bits(), written: new Bits(), before: new Set() });
  }
}

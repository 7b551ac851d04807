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
    const node = this.#node(thread, position);
    let grew = this.#add(node, leaf);
    if (reached !== undefined) {
      const after = this.#node(thread, reached);
      after.before.add(position);
      grew = this.#add(node, after) || grew;
    }
    if (!grew) return;
    this.changed = true;
    this.#flowBack(thread, position);
  }

  #add(node: Node, what: Future): boolean {
    const touched = node.touched.addAll(what.touched);
    const written = node.written.addAll(what.written);
    return touched || written;
  }

  #flowBack(thread: number, from: number): void {
    const work = [from];
    for (let at = work.pop(); at !== undefined; at = work.pop()) {
      const node = this.#node(thread, at);
      for (const position of node.before) {
        const earlier = this.#node(thread, position);
        if (this.#add(earlier, node)) work.push(position);
      }
    }
  }

  #node(thread: number, position: number): Node {
    return (this.#nodes[thread]![position] ??= { touched: new Bits(), written: new Bits(), before: new Set() });
  }
}

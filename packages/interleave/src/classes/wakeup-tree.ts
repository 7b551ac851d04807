import { byFootprint, sameTransition, type Transition } from "../count/dependence.ts";

/** A tree of runs still to be explored from a state; its children are ordered, oldest first. */
export interface WakeupNode {
  /** The transition that leads here; undefined at the root. */
  readonly transition: Transition | undefined;
  readonly children: WakeupNode[];
}

export function wakeupRoot(): WakeupNode {
  return { transition: undefined, children: [] };
}

/**
 * Whether a run that starts with `first` may be equivalent to one that starts with the sequence: it occurs in it with
 * nothing before it that it depends on, or does not occur and depends on nothing in it (a weak initial).
 */
export function isWeakInitial(first: Transition, sequence: readonly Transition[]): boolean {
  for (const event of sequence) {
    if (event.thread === first.thread) return sameTransition(event, first);
    if (byFootprint(event, first)) return false;
  }
  return true;
}

/**
 * Adds a sequence to the tree, unless a run equivalent to one that starts with it is planned already.
 * @returns whether it was added
 */
export function insertSequence(root: WakeupNode, sequence: readonly Transition[]): boolean {
  let node = root;
  let rest = sequence;
  for (;;) {
    const next = node.children.find(({ transition }) => isWeakInitial(transition!, rest));
    if (next === undefined) break;
    const at = rest.findIndex((event) => event.thread === next.transition!.thread);
    if (at >= 0) rest = rest.toSpliced(at, 1);
    // A planned run that ends here will be continued in every way.
    if (next.children.length === 0) return false;
    node = next;
  }
  for (const transition of rest) {
    const child: WakeupNode = { transition, children: [] };
    node.children.push(child);
    node = child;
  }
  return rest.length > 0;
}

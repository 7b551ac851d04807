import type { Budget } from "../explore/options.ts";
import { Bits } from "../space/bits.ts";
import { LANES } from "../space/fingerprint.ts";
import type { Leaf } from "../space/memo.ts";
import type { Space } from "../space/space.ts";
import { enter, takeBack } from "./enter.ts";
import { ByFingerprint, ByKey, type Numbering } from "./numbering.ts";
import { plunge } from "./plunge.ts";
import { StateGraph } from "./state-graph.ts";

/** A state that waits for its expansion. */
interface Saved {
  readonly vector: Int32Array;
  readonly fingerprint: Int32Array;
}

/** About what a saved state takes beside its slots, in words. */
const OVERHEAD = 64;

/** A graph, and how it was found. */
export interface Grown {
  readonly graph: StateGraph;
  /** Whether states that differ by generations alone are one. */
  readonly renumbered: boolean;
  readonly states: number;
  /** Bytes of the graph and of the table of states. */
  readonly bytes: number;
  /** Why it is not whole; undefined when it is. */
  readonly stopped: string | undefined;
}

/**
 * Finds all states of a program and all steps between them, breadth first. Where objects are made over and over the
 * search begins anew with renumbered generations, as the explorer does. Leaves the space in its initial state.
 */
export function growGraph(space: Space, budget: Budget): Grown {
  if (!space.runaway) plunge(space);
  const grown = grow(space, budget, space.runaway) ?? grow(space, budget, true)!;
  space.reset();
  return grown;
}

/** @returns undefined when the states turn out to have endlessly many generations and are not renumbered */
function grow(space: Space, budget: Budget, renumbered: boolean): Grown | undefined {
  const numbering: Numbering = renumbered ? new ByKey() : new ByFingerprint();
  const graph = new StateGraph(space.program.threads.map(({ daemon }) => daemon));
  space.reset();
  numbering.numberOf(space);
  let stopped: string | undefined;
  for (let level = [save(space)]; level.length > 0 && stopped === undefined;) {
    const next: Saved[] = [];
    for (const state of level) {
      expand(space, state, graph, numbering, next);
      if (!renumbered && space.runaway) return undefined;
      stopped = hit(budget, graph, numbering, (level.length + next.length) * 4 * (space.slots.size + OVERHEAD));
      if (stopped !== undefined) break;
    }
    level = next;
  }
  return { graph, renumbered, states: numbering.size, bytes: graph.bytes + numbering.bytes, stopped };
}

function expand(space: Space, state: Saved, graph: StateGraph, numbering: Numbering, next: Saved[]): void {
  const leaves: Leaf[] = [];
  const undo: number[] = [];
  const over = new Bits();
  load(space, state);
  for (let thread = 0; thread < graph.threads; thread++) {
    const count = space.pending(thread, leaves);
    if (count === 0) over.add(thread);
    for (let choice = 0; choice < count; choice++) {
      const leaf = leaves[choice]!;
      const label = graph.note(thread, choice, leaf);
      if (leaf.status === "blocked") continue;
      const known = numbering.size;
      enter(space, thread, leaf, undo);
      const target = numbering.numberOf(space);
      if (target === known) next.push(save(space));
      graph.addEdge(label, target);
      takeBack(space, undo);
    }
  }
  graph.close(over);
}

function save(space: Space): Saved {
  return { vector: space.vector.slice(0, space.slots.size), fingerprint: space.fingerprint.slice() };
}

function load(space: Space, { vector, fingerprint }: Saved): void {
  space.vector.fill(0);
  space.vector.set(vector);
  for (let lane = 0; lane < LANES; lane++) space.fingerprint[lane] = fingerprint[lane]!;
}

/** @param waiting bytes of the states that wait for their expansion */
function hit(budget: Budget, graph: StateGraph, numbering: Numbering, waiting: number): string | undefined {
  const { states = Infinity, transitions = Infinity, bytes = Infinity, expired } = budget;
  if (numbering.size > states) return `the budget of ${states} states is used up`;
  if (graph.edges >= transitions) return `the budget of ${transitions} transitions is used up`;
  if ((graph.expanded & 255) !== 0) return undefined;
  if (graph.bytes + numbering.bytes + waiting > bytes) return `the graph of states has reached its ${bytes} bytes`;
  return expired?.() === true ? "time is up" : undefined;
}

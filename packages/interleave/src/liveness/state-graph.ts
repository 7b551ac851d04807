import { Bits } from "../space/bits.ts";
import type { Leaf } from "../space/memo.ts";
import { Ints } from "./ints.ts";

/** What an edge is: a step of a thread with one of its choices. */
export interface Label {
  readonly thread: number;
  /** Index among the step's choices, 0 for a step without. */
  readonly choice: number;
  readonly leaf: Leaf;
}

/**
 * The reachable states and all steps between them: no reduction, no symmetry. States are numbered in order of a breadth
 * first search, so that a lower number is never farther from the start. Edges are two integers each, those of a state
 * side by side.
 */
export class StateGraph {
  readonly labels: Label[] = [];
  /** Components that some step of a thread that must finish, or the condition on which one waits, touches. */
  readonly touchedByFinishers: Bits = new Bits();
  readonly #labelOf = new Map<Leaf, number>();
  readonly #daemon: readonly boolean[];
  /** Where the edges of each expanded state begin; one more entry than states. */
  readonly #first = new Ints();
  readonly #label = new Ints();
  readonly #target = new Ints();
  /** By state: which threads are over, as an index into {@link #overSets}. */
  readonly #over = new Ints();
  readonly #overSets: Bits[] = [];
  readonly #overIds = new Map<string, number>();
  /** By discovered state: the edge that discovered it and the state it comes from; -1 for the first. */
  readonly #parentEdge = new Ints();
  readonly #parentState = new Ints();

  /** @param daemon by thread: whether it may go on for ever */
  constructor(daemon: readonly boolean[]) {
    this.#daemon = daemon;
    this.#first.push(0);
    this.#parentEdge.push(-1);
    this.#parentState.push(-1);
  }

  get threads(): number {
    return this.#daemon.length;
  }

  isDaemon(thread: number): boolean {
    return this.#daemon[thread]!;
  }

  /** States whose edges are known: those below this number. */
  get expanded(): number {
    return this.#over.length;
  }

  get edges(): number {
    return this.#label.length;
  }

  get bytes(): number {
    const all = [this.#first, this.#label, this.#target, this.#over, this.#parentEdge, this.#parentState];
    const sets = this.#overSets.reduce((sum, { words }) => sum + 2 * words.byteLength, 0);
    return all.reduce((sum, { bytes }) => sum + bytes, sets);
  }

  /** Notes what a thread's pending step can do, also where it only waits. @returns the label's number */
  note(thread: number, choice: number, leaf: Leaf): number {
    let label = this.#labelOf.get(leaf);
    if (label === undefined) {
      label = this.labels.push({ thread, choice, leaf }) - 1;
      this.#labelOf.set(leaf, label);
      if (!this.#daemon[thread]!) this.touchedByFinishers.addAll(leaf.touched);
    }
    return label;
  }

  /** Adds an edge of the state that is being expanded, {@link expanded}. */
  addEdge(label: number, target: number): void {
    if (target === this.#parentEdge.length) {
      this.#parentEdge.push(this.#label.length);
      this.#parentState.push(this.expanded);
    }
    this.#label.push(label);
    this.#target.push(target);
  }

  /** Ends the expansion of a state in which these threads are over. */
  close(over: Bits): void {
    const key = over.words.join();
    let id = this.#overIds.get(key);
    if (id === undefined) this.#overIds.set(key, (id = this.#overSets.push(over) - 1));
    this.#over.push(id);
    this.#first.push(this.#label.length);
  }

  /** The edges of an expanded state are those from {@link first} up to, not including, {@link end}. */
  first(state: number): number {
    return this.#first.at(state);
  }

  end(state: number): number {
    return this.#first.at(state + 1);
  }

  labelOf(edge: number): number {
    return this.#label.at(edge);
  }

  target(edge: number): number {
    return this.#target.at(edge);
  }

  threadOf(edge: number): number {
    return this.labels[this.#label.at(edge)]!.thread;
  }

  isOver(state: number, thread: number): boolean {
    return this.#overSets[this.#over.at(state)]!.has(thread);
  }

  isEnabled(state: number, thread: number): boolean {
    for (let edge = this.first(state); edge < this.end(state); edge++) if (this.threadOf(edge) === thread) return true;
    return false;
  }

  /** The edges of a shortest run to a state. */
  stem(state: number): number[] {
    const edges: number[] = [];
    for (let at = state; this.#parentEdge.at(at) >= 0; at = this.#parentState.at(at))
      edges.push(this.#parentEdge.at(at));
    return edges.reverse();
  }
}

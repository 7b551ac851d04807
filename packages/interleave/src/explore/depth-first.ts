import type { Violation } from "@faultline/mm";
import { Learned } from "../reduce/learned.ts";
import { type Pending, persistentSet } from "../reduce/persistent.ts";
import type { Leaf } from "../space/memo.ts";
import type { Space } from "../space/space.ts";
import type { Visited } from "../space/visited.ts";
import type { Path } from "./path.ts";
import { type Ending, endingOf, violationsAtEnd } from "./terminal.ts";

/** What a search meets. */
export interface Observer {
  /** A step broke rules; `path` leads to it, the step included. */
  violations(violations: readonly Violation[], path: () => Path): void;
  /** A run ended in the space's current state. */
  terminal(ending: Ending, violations: readonly Violation[], path: () => Path): void;
  /** Called after each transition: a reason to stop, or undefined. */
  stop(transitions: number): string | undefined;
}

interface Level {
  readonly threads: number[];
  readonly leaves: Leaf[];
  /** Transitions set aside by the reduction. */
  readonly restThreads: number[];
  readonly restLeaves: Leaf[];
  next: number;
  undo: number;
  key: string;
}

/**
 * One pass over the states, depth first, in place: a transition changes the space's current state and is undone on the
 * way back. With `learned` it explores persistent sets only, by what was learned so far.
 */
export class DepthFirst {
  transitions = 0;
  deepest = 0;
  readonly #space: Space;
  readonly #visited: Visited;
  readonly #observer: Observer;
  readonly #learned: Learned | undefined;
  readonly #pending: Pending[];
  readonly #inside: Uint8Array;
  readonly #levels: Level[] = [];
  #depth = 0;
  #undo: Int32Array = new Int32Array(1 << 12);
  #undoEnd = 0;
  /** States on the stack, known only while some program may come back to one. */
  readonly #open = new Set<string>();

  constructor(space: Space, visited: Visited, observer: Observer, learned?: Learned) {
    this.#space = space;
    this.#visited = visited;
    this.#observer = observer;
    this.#learned = learned;
    this.#pending = space.program.threads.map((_, thread) => ({ thread, leaves: [], enabled: false }));
    this.#inside = new Uint8Array(space.program.threads.length);
  }

  /** @returns why it ended early, or undefined after covering everything */
  run(): string | undefined {
    this.#isNew();
    this.#enter(0);
    let reason: string | undefined;
    while (this.#depth > 0) {
      const level = this.#levels[this.#depth - 1]!;
      if (level.next === level.leaves.length || reason !== undefined) {
        this.#depth--;
        if (level.key !== "") this.#open.delete(level.key);
        this.#takeBack(level.undo);
        continue;
      }
      const thread = level.threads[level.next]!;
      const leaf = level.leaves[level.next]!;
      level.next++;
      const mark = this.#undoEnd;
      const reached = this.#space.reached(thread, leaf);
      this.#apply(leaf.writes);
      this.#put(thread, reached);
      this.transitions++;
      if (leaf.violations.length > 0) this.#observer.violations(leaf.violations, this.#path);
      if (this.#isNew()) {
        this.#enter(mark);
      } else {
        // A reduced set that closes a cycle could put the others off for ever: expand the state in full.
        if (level.restLeaves.length > 0 && this.#open.has(fingerprintKey(this.#space.fingerprint))) restore(level);
        this.#takeBack(mark);
      }
      reason = this.#observer.stop(this.transitions);
    }
    return reason;
  }

  #isNew(): boolean {
    return this.#visited.add(this.#space.fingerprint, 0, this.#key);
  }

  readonly #key = (): string => this.#space.key();

  readonly #path = (): Path =>
    this.#levels.slice(0, this.#depth).map(({ threads, leaves, next }) => ({
      thread: threads[next - 1]!,
      leaf: leaves[next - 1]!,
    }));

  #enter(undo: number): void {
    const space = this.#space;
    const level = (this.#levels[this.#depth] ??= {
      threads: [],
      leaves: [],
      restThreads: [],
      restLeaves: [],
      next: 0,
      undo: 0,
      key: "",
    });
    level.threads.length = level.leaves.length = level.restThreads.length = level.restLeaves.length = level.next = 0;
    level.undo = undo;
    level.key = "";
    let enabled = 0;
    for (const entry of this.#pending) {
      space.pending(entry.thread, entry.leaves);
      entry.enabled = entry.leaves.length > 0 && entry.leaves.some(isEnabled);
      if (entry.enabled) enabled++;
      if (this.#learned !== undefined) this.#learn(this.#learned, entry);
    }
    if (enabled === 0) {
      const ending = endingOf(space);
      this.#observer.terminal(ending, violationsAtEnd(space, ending), this.#path);
    }
    const reduced = this.#learned !== undefined && enabled > 1 && this.#reduce(this.#learned) < enabled;
    for (const { thread, leaves } of this.#pending) {
      const rest = reduced && this.#inside[thread] === 0;
      for (const leaf of leaves) {
        if (!isEnabled(leaf)) continue;
        (rest ? level.restThreads : level.threads).push(thread);
        (rest ? level.restLeaves : level.leaves).push(leaf);
      }
    }
    if (this.#learned !== undefined && space.cyclic) {
      level.key = fingerprintKey(space.fingerprint);
      this.#open.add(level.key);
    }
    this.#depth++;
    if (this.#depth > this.deepest) this.deepest = this.#depth;
  }

  #learn(learned: Learned, { thread, leaves }: Pending): void {
    const position = this.#space.vector[thread]!;
    for (const leaf of leaves) {
      learned.note(thread, position, leaf, () =>
        leaf.status === "blocked" ? undefined : this.#space.reached(thread, leaf),
      );
    }
  }

  #reduce(learned: Learned): number {
    const { vector } = this.#space;
    return persistentSet(this.#pending, (thread) => learned.future(thread, vector[thread]!), this.#inside);
  }

  #apply(writes: Int32Array): void {
    for (let i = 0; i < writes.length; i += 2) this.#put(writes[i]!, writes[i + 1]!);
  }

  #put(slot: number, value: number): void {
    const before = this.#space.vector[slot]!;
    if (before === value) return;
    if (this.#undoEnd + 2 > this.#undo.length) {
      const grown = new Int32Array(2 * this.#undo.length);
      grown.set(this.#undo);
      this.#undo = grown;
    }
    this.#undo[this.#undoEnd++] = slot;
    this.#undo[this.#undoEnd++] = before;
    this.#space.set(slot, value);
  }

  #takeBack(mark: number): void {
    while (this.#undoEnd > mark) {
      const before = this.#undo[--this.#undoEnd]!;
      this.#space.set(this.#undo[--this.#undoEnd]!, before);
    }
  }
}

function isEnabled(leaf: Leaf): boolean {
  return leaf.status !== "blocked";
}

function restore(level: Level): void {
  level.threads.push(...level.restThreads);
  level.leaves.push(...level.restLeaves);
  level.restThreads.length = level.restLeaves.length = 0;
}

function fingerprintKey(fingerprint: Int32Array): string {
  return `${fingerprint[0]} ${fingerprint[1]} ${fingerprint[2]} ${fingerprint[3]}`;
}
